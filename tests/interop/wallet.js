// A wallet made of the wallet service of @getalby/sdk. Arguments: relay, address that pays an invoice (POST {"invoice"}). Prints its connection string, then every
// method that it is asked for. A line on its standard input makes it refuse payments with that code; an empty one makes it pay again.
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { getPublicKey } from 'nostr-tools/pure'
import WebSocket from 'ws'

globalThis.WebSocket = WebSocket
const { NWCWalletService, NWCWalletServiceKeyPair } = await import('@getalby/sdk/nwc')

const [relay, pay] = process.argv.slice(2)
const [walletSecret, clientSecret] = [randomBytes(32), randomBytes(32)]
const methods = ['get_info', 'pay_invoice', 'lookup_invoice']
const known = new Map()
let refusal = ''

const service = new NWCWalletService({ relayUrls: [relay] })
const keys = new NWCWalletServiceKeyPair(walletSecret.toString('hex'), getPublicKey(clientSecret))
await service.publishWalletServiceInfoEvent(walletSecret.toString('hex'), methods, [])

const refuse = (code, message) => ({ result: undefined, error: { code, message } })
await service.subscribe(keys, {
  async getInfo() {
    console.log('get_info')
    return { result: { alias: 'foreign', color: '', pubkey: '', network: 'regtest', block_height: 0, block_hash: '', methods }, error: undefined }
  },
  async payInvoice({ invoice }) {
    console.log('pay_invoice')
    if (refusal) return refuse(refusal, 'not this time')
    const answer = await fetch(pay, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ invoice }) })
    const { data, error } = await answer.json()
    if (error) return refuse('PAYMENT_FAILED', error)
    known.set(data.payment_hash, data.preimage)
    return { result: { preimage: data.preimage, fees_paid: 0 }, error: undefined }
  },
  async lookupInvoice({ payment_hash }) {
    console.log('lookup_invoice')
    if (!known.has(payment_hash)) return refuse('NOT_FOUND', 'never heard of it')
    return { result: { type: 'outgoing', state: 'settled', payment_hash, preimage: known.get(payment_hash), settled_at: 1, amount: 1, fees_paid: 0, created_at: 1 }, error: undefined }
  },
})

console.log(`nostr+walletconnect://${keys.walletPubkey}?relay=${encodeURIComponent(relay)}&secret=${clientSecret.toString('hex')}`)
createInterface({ input: process.stdin }).on('line', line => { refusal = line; console.log('ok') }).on('close', () => process.exit(0))
