// A Nostr relay made of @nostr-relay/core and ws, kept in memory, with sign-in (NIP-42) when asked for. Prints its port; ends with its standard input.
import { EventRepository } from '@nostr-relay/common'
import { NostrRelay } from '@nostr-relay/core'
import { WebSocketServer } from 'ws'
import { matchFilter, verifyEvent } from 'nostr-tools'

class Memory extends EventRepository {
  events = []
  isSearchSupported() { return false }
  upsert(event) {
    if (this.events.some(e => e.id === event.id)) return { isDuplicate: true }
    // Of replaceable kinds the newest stays.
    if (event.kind === 10050 || event.kind === 13194 || event.kind === 0)
      this.events = this.events.filter(e => e.kind !== event.kind || e.pubkey !== event.pubkey)
    this.events.push(event)
    return { isDuplicate: false }
  }
  find(filter) {
    return this.events.filter(e => matchFilter(filter, e)).sort((a, b) => b.created_at - a.created_at).slice(0, filter.limit ?? 500)
  }
  async destroy() {}
}

const relay = new NostrRelay(new Memory(), process.argv[2] === 'auth' ? { domain: '127.0.0.1' } : {})
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port))
server.on('connection', socket => {
  relay.handleConnection(socket)
  socket.on('message', async data => {
    try {
      const message = JSON.parse(data.toString())
      if (message[0] === 'EVENT' && !verifyEvent(message[1])) return socket.send(JSON.stringify(['OK', message[1].id, false, 'invalid: signature']))
      await relay.handleMessage(socket, message)
    } catch (error) {
      socket.send(JSON.stringify(['NOTICE', String(error)]))
    }
  })
  socket.on('close', () => relay.handleDisconnect(socket))
  socket.on('error', () => {})
})
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
