// A customer whose client knows the service from its documentation alone: walks the whole life of a machine with other people's packages. Arguments: address of the
// API, connection string of a wallet that pays with the development node. Prints a line for each step that held; ends with an error at the first that did not.
import assert from 'node:assert/strict'
import bolt11 from 'bolt11'
import WebSocket from 'ws'
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure'
import { npubEncode } from 'nostr-tools/nip19'
import { getToken } from 'nostr-tools/nip98'
import { LightningAddress } from '@getalby/lightning-tools/lnurl'

const [api, wallet] = process.argv.slice(2)
const regtest = { bech32: 'bcrt', pubKeyHash: 0x6f, scriptHash: 0xc4, validWitnessVersions: [0, 1] }
const sshKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG8REeNqLwJxRwDwIVBPf81Uc6BqEssw3xRDVqDzrmWV test@example'
const day = 86_400_000
const secret = generateSecretKey()
let calls = 0

process.on('uncaughtException', error => {
  console.log(String(error.message).replaceAll('\n', ' '))
  process.exit(1)
})

const sleep = ms => new Promise(done => setTimeout(done, ms))
// A query of its own makes each event one of its own, also within a second.
const token = (method, path, scheme = true) =>
  getToken(`${api}${path}${path.includes('?') ? '&' : '?'}n=${++calls}`, method, event => finalizeEvent(event, secret), scheme)

async function call(method, path, body, status = 200) {
  const headers = { authorization: await token(method, path) }
  if (body) headers['content-type'] = 'application/json'
  const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) })
  const json = await answer.json()
  assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(json)}`)
  return status === 200 ? json.data : json
}
const get = (path, status) => call('GET', path, undefined, status)

async function until(what, look, limit = 120_000) {
  for (const began = Date.now(); Date.now() - began < limit; await sleep(100)) {
    const seen = await look()
    if (seen) return seen
  }
  throw new Error(`waited in vain: ${what}`)
}

const pay = invoice => call('POST', '/api/dev/v1/lightning/pay', { invoice })
const advance = duration => call('POST', '/api/dev/v1/clock', { advance: duration })
const expiry = async () => Date.parse((await get(`/api/v1/vm/${vm.id}`)).expires)
const step = text => console.log(text)

// What a wallet can see of an invoice before it pays.
function check(payment) {
  const invoice = bolt11.decode(payment.data.lightning, regtest)
  assert.ok(invoice.complete)
  assert.equal(invoice.tagsObject.payment_hash, payment.id)
  assert.equal(Number(invoice.millisatoshis), payment.amount + payment.tax + payment.processing_fee)
  assert.equal(payment.is_paid, false)
  return payment
}

async function settle(payment) {
  await pay(check(payment).data.lightning)
  return until(`payment ${payment.id}`, async () => {
    const seen = await get(`/api/v1/payment/${payment.id}`)
    return seen.is_paid && seen
  })
}

const npub = npubEncode(getPublicKey(secret))
await call('PATCH', '/api/v1/account', { email: 'foreign@example.com', contact_nip17: false, contact_email: true, country_code: 'IRL', name: 'Foreign' })
assert.equal((await get('/api/v1/account')).name, 'Foreign')
const key = await call('POST', '/api/v1/ssh-key', { name: 'laptop', key_data: sshKey })
step('key')

const { templates } = await get('/api/v1/vm/templates')
const [image] = await get('/api/v1/image')
const daily = templates.find(t => t.cost_plan.interval_type === 'day')
let vm = await call('POST', '/api/v1/vm', { template_id: daily.id, image_id: image.id, ssh_key_id: key.id })
assert.equal(vm.expires, vm.created)
step('order')

const first = await get(`/api/v1/vm/${vm.id}/renew`)
await settle(first)
vm = await until('a running machine', async () => {
  const seen = await get(`/api/v1/vm/${vm.id}`)
  return seen.status.state === 'running' && seen
})
assert.ok(vm.ip_assignments.length >= 2)
assert.match(vm.mac_address, /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
assert.ok(Date.parse(vm.expires) - Date.parse(vm.created) >= day)
step('pay')

const text = await new Promise((done, failed) => {
  token('GET', `/api/v1/vm/${vm.id}/console`, false).then(auth => {
    const socket = new WebSocket(`${api.replace('http', 'ws')}/api/v1/vm/${vm.id}/console?auth=${encodeURIComponent(auth)}`)
    let seen = ''
    socket.on('message', (data, binary) => {
      if (!binary) return failed(new Error('a text frame from the host'))
      seen += data.toString()
      if (seen.includes('login: ') && !seen.includes('guest')) socket.send('guest')
      if (seen.includes('guest')) { socket.close(); done(seen) }
    })
    socket.on('error', failed)
  }, failed)
})
assert.match(text, /login: guest/)
step('console')

const [point] = await get(`/api/v1/vm/${vm.id}/time-series`)
for (const name of ['timestamp', 'cpu', 'memory', 'memory_size', 'net_in', 'net_out', 'disk_write', 'disk_read']) assert.equal(typeof point[name], 'number', name)
step('time series')

await call('PATCH', `/api/v1/vm/${vm.id}`, { reverse_dns: 'mail.example.net' })
assert.ok((await get(`/api/v1/vm/${vm.id}`)).ip_assignments.every(ip => ip.reverse_dns === 'mail.example.net'))
step('reverse DNS')

const wish = { cpu: vm.template.cpu + 1, memory: 2 ** 30, disk: 8 * 2 ** 30 }
const quote = await call('POST', `/api/v1/vm/${vm.id}/upgrade/quote`, wish)
const upgrade = await call('POST', `/api/v1/vm/${vm.id}/upgrade`, wish)
assert.equal(upgrade.is_upgrade, true)
// It costs by what is left of the paid time, which a second shortens.
assert.ok(Math.abs(upgrade.amount - quote.cost_difference.amount) <= quote.cost_difference.amount / 1000)
await settle(upgrade)
await until('the larger machine', async () => (await get(`/api/v1/vm/${vm.id}`)).template.cpu === wish.cpu)
step('upgrade')

// Custom sizes are paid by the month.
const [once, thrice] = [await get(`/api/v1/vm/${vm.id}/renew`), await get(`/api/v1/vm/${vm.id}/renew?intervals=3`)]
assert.ok(Math.abs(thrice.amount - 3 * once.amount) <= 3000)
assert.ok(1000 * once.time >= 28 * day && 1000 * once.time <= 31 * day)
assert.ok(1000 * thrice.time >= 89 * day && 1000 * thrice.time <= 92 * day)
let before = await expiry()
await settle(thrice)
assert.equal(await expiry() - before, 1000 * thrice.time)
step('renew three intervals')

// The client knows addresses of the form name@host over https alone; here that is the API under test.
const { fetch: direct } = globalThis
globalThis.fetch = (url, options) => direct(String(url).replace(/^https?:\/\/[^/]+/, api), options)
const address = new LightningAddress(`${vm.id}@shop.example`, { proxy: false })
await address.fetch()
const { min, max } = address.lnurlpData
assert.ok(min > 0 && max >= min)
const topUp = await address.requestInvoice({ satoshi: 1000 })
globalThis.fetch = direct
const tags = bolt11.decode(topUp.paymentRequest, regtest).tagsObject
assert.equal(tags.purpose_commit_hash, address.lnurlpData.metadataHash)
before = await expiry()
await pay(topUp.paymentRequest)
await until('more time', async () => await expiry() > before)
step('LNURL')

await call('PATCH', '/api/v1/account', { ...await get('/api/v1/account'), nwc_connection_string: wallet })
await call('PATCH', `/api/v1/vm/${vm.id}`, { auto_renewal_enabled: true })
before = await expiry()
const { now } = await advance('1s')
await advance(`${Math.ceil((before - Date.parse(now)) / 1000) - 3600}s`)
await until('a renewal by the wallet', async () => await expiry() > before)
assert.ok(await expiry() - before >= 28 * day && await expiry() - before <= 31 * day)
step('wallet')

const page = await fetch(`${api}/api/v1/payment/${first.id}/invoice?auth=${encodeURIComponent(await token('GET', `/api/v1/payment/${first.id}/invoice`, false))}`)
assert.equal(page.status, 200)
assert.match(page.headers.get('content-type'), /^text\/html/)
const html = await page.text()
for (const part of [first.id, 'Paid', npub]) assert.ok(html.includes(part), `the invoice lacks ${part}`)
step('invoice')

const paid = (await get(`/api/v1/vm/${vm.id}/payments`)).filter(payment => payment.is_paid)
assert.equal(paid.length, 5)
await call('PATCH', `/api/v1/vm/${vm.id}`, { auto_renewal_enabled: false })
await advance('40d')
await until('its end', async () => (await get('/api/v1/vm')).length === 0)
await get(`/api/v1/vm/${vm.id}`, 404)
step('expiry')
