// Answers a list of questions about Nostr with nostr-tools: JSON on standard input, JSON on standard output.
import { finalizeEvent, getPublicKey, serializeEvent, verifyEvent } from 'nostr-tools/pure'
import * as nip19 from 'nostr-tools/nip19'
import * as nip04 from 'nostr-tools/nip04'
import * as nip17 from 'nostr-tools/nip17'
import * as nip44 from 'nostr-tools/nip44'
import * as nip98 from 'nostr-tools/nip98'
import { text } from 'node:stream/consumers'

const bytes = hex => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = array => Buffer.from(array).toString('hex')

const answers = {
  // Events as another program would send them.
  sign: ({ secret, event }) => finalizeEvent(event, bytes(secret)),
  // Through JSON text, so that nothing the library remembers about the object counts.
  verify: ({ event }) => verifyEvent(JSON.parse(JSON.stringify(event))),
  serialise: ({ event }) => serializeEvent(event),
  publicKey: ({ secret }) => getPublicKey(bytes(secret)),
  npub: ({ key }) => nip19.npubEncode(key),
  nsec: ({ secret }) => nip19.nsecEncode(bytes(secret)),
  decode: ({ text }) => {
    const { data } = nip19.decode(text)
    return typeof data === 'string' ? data : hex(data)
  },
  token: ({ secret, url, method, payload }) => nip98.getToken(url, method, e => finalizeEvent(e, bytes(secret)), true, payload),
  encrypt04: ({ secret, key, text }) => nip04.encrypt(secret, key, text),
  decrypt04: ({ secret, key, text }) => nip04.decrypt(secret, key, text),
  encrypt44: ({ secret, key, text }) => nip44.encrypt(text, nip44.getConversationKey(bytes(secret), key)),
  decrypt44: ({ secret, key, text }) => nip44.decrypt(text, nip44.getConversationKey(bytes(secret), key)),
  wrap: ({ secret, key, text }) => nip17.wrapEvent(bytes(secret), { publicKey: key }, text),
  unwrap: ({ secret, event }) => nip17.unwrapEvent(event, bytes(secret)),
  validateToken: ({ token, url, method }) => nip98.validateToken(token, url, method),
}

const questions = JSON.parse(await text(process.stdin))
console.log(JSON.stringify(await Promise.all(questions.map(q => answers[q.ask](q)))))
