/** The least that a plugin service can do: it accepts every spec as it came. Listens on PORT. */
import { createServer } from 'node:http';

createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const { spec } = body === '' ? { spec: null } : JSON.parse(body);
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ spec, error: null }));
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
