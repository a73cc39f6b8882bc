// Says what others' validators make of an OpenAPI document, and of answers by its schemas: JSON on standard input, JSON on standard output.
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { text } from 'node:stream/consumers'

const { document, answers } = JSON.parse(await text(process.stdin))

const validator = new Validator()
const { valid, errors } = await validator.validate(structuredClone(document))

const ajv = new Ajv.default({ strict: true, strictTypes: false, strictRequired: false, allErrors: true, formats: { uint32: true, uint64: true, int64: true, double: true } })
formats.default(ajv)
ajv.addVocabulary(['components', 'paths', 'openapi', 'info', 'servers', 'tags'])
ajv.addSchema({ ...document, $id: 'https://lnvps.invalid/openapi.json' })

const pointer = parts => parts.map(part => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent).join('/')

function faults({ path, method, status, body }) {
  const response = document.paths[path][method].responses[status]
  if (!response)
    return [`${status} is not declared`]
  const place = response.$ref ? response.$ref.slice('#/'.length) : pointer(['paths', path, method, 'responses', String(status)])
  const validate = ajv.getSchema(`https://lnvps.invalid/openapi.json#/${place}/${pointer(['content', 'application/json', 'schema'])}`)
  return validate(body) ? [] : validate.errors.map(error => `${error.instancePath} ${error.message}`)
}

console.log(JSON.stringify({ document: { valid, errors: errors ?? [] }, answers: answers.map(faults) }))
