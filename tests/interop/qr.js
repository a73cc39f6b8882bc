// Reads the QR code in rows of modules ('1' is light), as a camera would see it: every module several pixels wide.
import { readFileSync } from 'node:fs'
import jsqr from 'jsqr'

const { rows } = JSON.parse(readFileSync(0, 'utf8'))
const size = 4, side = Math.max(rows.length, rows[0].length) * size
// Dark around it, as the terminal is.
const pixels = new Uint8ClampedArray(side * side * 4)
for (let y = 0; y < side; y++) {
  for (let x = 0; x < side; x++) {
    const light = rows[Math.floor(y / size)]?.[Math.floor(x / size)] === '1'
    pixels.set([light ? 255 : 0, light ? 255 : 0, light ? 255 : 0, 255], (y * side + x) * 4)
  }
}
const found = (jsqr.default ?? jsqr)(pixels, side, side, { inversionAttempts: 'dontInvert' })
console.log(JSON.stringify({ text: found?.data ?? 'no QR code was found' }))
