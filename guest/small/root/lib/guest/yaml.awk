# Flattens a YAML document to lines "path<TAB>value": the part of YAML (and all of JSON) that cloud-config and network
# configuration use. Not understood: anchors, tags, several documents, quoted text over several lines.
#
#   users:            users/1/name  debian
#     - default       users/0       default      (order: as written)
#     - name: debian
#
# In values a backslash, a line feed and a tab are written \\ \n \t (printf %b undoes it). Empty values are not printed,
# but each element of a sequence has at least one line.

{
    sub(/\r$/, "")
    if ($0 ~ /^(---|%YAML)/) next
    text[++lines] = $0
}

END {
    at = 1
    skip_blank()
    if (at <= lines) node("")
}

function indent_of(line) { match(line, /^ */); return RLENGTH }
function skip_blank() { while (at <= lines && text[at] ~ /^[ \t]*(#.*)?$/) at++ }
function join(path, name) { return path == "" ? name : path "/" name }

function emit(path, value) {
    gsub(/\\/, "\\\\", value)
    gsub(/\n/, "\\n", value)
    gsub(/\t/, "\\t", value)
    print path "\t" value
}

# The block node that starts on the present line.
function node(path,    line) {
    line = substr(text[at], indent_of(text[at]) + 1)
    if (line ~ /^-( |$)/) sequence(path)
    else if (line ~ /^[\[{]/) { at++; flow(path, line) }
    else if (key_length(line)) mapping(path)
    else { at++; scalar(path, line, indent_of(text[at - 1]) - 1) }
}

function sequence(path,    depth, count, rest, before) {
    depth = indent_of(text[at])
    count = 0
    while (at <= lines && indent_of(text[at]) == depth && substr(text[at], depth + 1) ~ /^-( |$)/) {
        rest = substr(text[at], depth + 2)
        before = at
        if (rest ~ /^ *(#.*)?$/) {
            at++
            skip_blank()
            if (at <= lines && indent_of(text[at]) > depth) node(path "/" count)
            else emit(path "/" count, "")
        } else {
            # The rest of the line is a node of its own, indented by what stands before it.
            text[at] = substr(text[at], 1, depth) " " rest
            node(path "/" count)
        }
        if (at == before) at++
        count++
        skip_blank()
    }
}

# Length of "key:" at the start of the line, 0 if it is no key.
function key_length(line) {
    if (match(line, /^"([^"\\]|\\.)*" *:( |$)/) || match(line, /^'[^']*' *:( |$)/)) return match_colon(RLENGTH, line)
    if (line ~ /^["'\[{#&*!|>%@`]/) return 0
    if (match(line, /:( |$)/)) return RSTART
    return 0
}
function match_colon(length_, line) { return substr(line, length_, 1) == ":" ? length_ : length_ - 1 }

function mapping(path,    depth, line, size, name, rest, before) {
    depth = indent_of(text[at])
    while (at <= lines && indent_of(text[at]) == depth) {
        before = at
        line = substr(text[at], depth + 1)
        size = key_length(line)
        if (!size || line ~ /^- /) return
        name = substr(line, 1, size - 1)
        sub(/ *$/, "", name)
        name = plain_or_quoted(name)
        rest = substr(line, size + 1)
        sub(/^ */, "", rest)
        at++
        if (rest ~ /^(#.*)?$/) {
            skip_blank()
            if (at <= lines && (indent_of(text[at]) > depth || (indent_of(text[at]) == depth && substr(text[at], depth + 1) ~ /^-( |$)/)))
                node(join(path, name))
        } else scalar(join(path, name), rest, depth)
        if (at == before) at++
        skip_blank()
    }
}

# A value that starts with "first"; its further lines are indented by more than depth.
function scalar(path, first, depth,    value) {
    if (first ~ /^[|>]/) { literal(path, first, depth); return }
    if (first ~ /^[\[{]/) { flow(path, first); return }
    if (first ~ /^["']/) { emit(path, plain_or_quoted(first)); return }
    value = plain_or_quoted(first)
    while (at <= lines && text[at] !~ /^ *$/ && indent_of(text[at]) > depth && first !~ /(^| )#/) {
        value = value " " plain_or_quoted(substr(text[at], indent_of(text[at]) + 1))
        at++
    }
    if (value != "" && value != "~" && value != "null") emit(path, value)
}

# Block text: | keeps the line ends, > joins lines; a trailing - drops the last line end, + keeps all.
function literal(path, first, depth,    inner, value, line, blank) {
    inner = -1
    value = ""
    blank = ""
    while (at <= lines) {
        line = text[at]
        if (line ~ /^ *$/) { blank = blank "\n"; at++; continue }
        if (indent_of(line) <= depth) break
        if (inner < 0) inner = indent_of(line)
        value = value blank substr(line, inner + 1) "\n"
        blank = ""
        at++
    }
    if (first ~ /^>/) { gsub(/\n/, " ", value); sub(/ $/, "\n", value) }
    if (first ~ /^.[-]/) sub(/\n$/, "", value)
    if (first ~ /^.[+]/) value = value blank
    emit(path, value)
}

# Text in quotes is freed from them; anything else loses a comment and blanks at its end.
function plain_or_quoted(value,    end) {
    if (value ~ /^"/ && match(value, /^"([^"\\]|\\.)*"/)) return unescape(substr(value, 2, RLENGTH - 2))
    if (value ~ /^'/ && match(value, /^'([^']|'')*'/)) {
        value = substr(value, 2, RLENGTH - 2)
        gsub(/''/, "'", value)
        return value
    }
    if (match(value, /(^|[ \t])#/)) value = substr(value, 1, RSTART - 1)
    sub(/[ \t]+$/, "", value)
    return value
}

function unescape(value,    result, place, letter) {
    result = ""
    while (place = index(value, "\\")) {
        letter = substr(value, place + 1, 1)
        result = result substr(value, 1, place - 1)
        value = substr(value, place + 2)
        if (letter == "n") result = result "\n"
        else if (letter == "t") result = result "\t"
        else if (letter == "r") result = result "\r"
        else if (letter == "x") { result = result hexadecimal(substr(value, 1, 2)); value = substr(value, 3) }
        else if (letter == "u") { result = result hexadecimal(substr(value, 1, 4)); value = substr(value, 5) }
        else result = result letter
    }
    return result value
}

function hexadecimal(digits,    number, place) {
    number = 0
    digits = tolower(digits)
    for (place = 1; place <= length(digits); place++)
        number = number * 16 + index("0123456789abcdef", substr(digits, place, 1)) - 1
    if (number < 128) return sprintf("%c", number)
    return "?"
}

# Flow style: [a, b] and {a: b}, nested, over several lines. "rest" is what is left to read.
function flow(path, first) {
    rest = first
    while (!balanced(rest) && at <= lines) rest = rest " " text[at++]
    flow_node(path)
}

function balanced(value,    depth, place, letter, quote) {
    depth = 0
    quote = ""
    for (place = 1; place <= length(value); place++) {
        letter = substr(value, place, 1)
        if (quote != "") {
            if (letter == "\\" && quote == "\"") place++
            else if (letter == quote) quote = ""
        } else if (letter == "\"" || letter == "'") quote = letter
        else if (letter == "[" || letter == "{") depth++
        else if (letter == "]" || letter == "}") depth--
    }
    return depth <= 0
}

function trim() { sub(/^[ \t,]+/, "", rest) }

function flow_node(path,    count, name) {
    trim()
    if (rest ~ /^[[]/) {
        rest = substr(rest, 2)
        for (count = 0; ; count++) {
            trim()
            if (rest == "" || rest ~ /^]/) break
            flow_node(path "/" count)
        }
        rest = substr(rest, 2)
    } else if (rest ~ /^[{]/) {
        rest = substr(rest, 2)
        for (;;) {
            trim()
            if (rest == "" || rest ~ /^[}]/) break
            name = flow_word(1)
            sub(/^[ \t]*:?[ \t]*/, "", rest)
            flow_node(join(path, name))
        }
        rest = substr(rest, 2)
    } else {
        name = flow_word(0)
        if (name != "" && name != "null" && name != "~") emit(path, name)
    }
}

function flow_word(is_key,    size, word) {
    if (rest ~ /^"/) match(rest, /^"([^"\\]|\\.)*"?/)
    else if (rest ~ /^'/) match(rest, /^'([^']|'')*'?/)
    else if (is_key) match(rest, /^[^,:}]*/)
    else match(rest, /^[^],}]*/)
    size = RLENGTH > 0 ? RLENGTH : 0
    word = plain_or_quoted(substr(rest, 1, size))
    # Something must be consumed, or a malformed document would never end.
    rest = substr(rest, (size ? size : 1) + 1)
    return word
}
