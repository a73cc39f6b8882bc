// A mail server made of smtp-server; mailparser reads what it takes. Argument: JSON {"secure": bool, "hideSTARTTLS": bool, "key": path, "cert": path,
// "refuse": recipients that it never takes}. Prints its port,
// then one line of JSON an e-mail. A line on its standard input makes it refuse recipients with that answer; an empty one makes it take them again.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

const { key, cert, refuse = [], ...options } = JSON.parse(process.argv[2])
let refusal = ''

const server = new SMTPServer({
  ...options,
  ...(key ? { key: readFileSync(key), cert: readFileSync(cert) } : {}),
  authMethods: options.authMethods ?? ['PLAIN', 'LOGIN'],
  onAuth: (auth, session, done) =>
    auth.username === 'shop@example.com' && auth.password === 'pass wörd' ? done(null, { user: 'shop' }) : done(new Error('Invalid username or password')),
  onRcptTo: (address, session, done) => {
    const answer = refuse.includes(address.address) ? '550 no such user' : refusal
    if (!answer) return done()
    const error = new Error(answer.slice(4))
    error.responseCode = Number(answer.slice(0, 3))
    done(error)
  },
  onData: async (stream, session, done) => {
    const chunks = []
    for await (const chunk of stream) chunks.push(chunk)
    const raw = Buffer.concat(chunks)
    const mail = await simpleParser(raw)
    console.log(JSON.stringify({
      secure: session.secure, user: session.user, from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map(r => r.address),
      subject: mail.subject, fromHeader: mail.from?.text, toHeader: mail.to?.text, text: mail.text, html: mail.html, messageId: mail.messageId,
      date: mail.date, headers: mail.headerLines.map(h => h.key), longest: Math.max(...raw.toString('latin1').split('\r\n').map(l => l.length)),
    }))
    done()
  },
})
server.on('error', () => {})
server.listen(0, '127.0.0.1', () => console.log(server.server.address().port))
createInterface({ input: process.stdin }).on('line', line => { refusal = line; console.log('"ok"') }).on('close', () => process.exit(0))
