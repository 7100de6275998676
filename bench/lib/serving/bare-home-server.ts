/** The peer of the serving benchmark: an Express handler that sends objects made before with `res.json`, and does nothing else. */
import express from 'express';
import { listen } from '../../../infra/http/listen.ts';
import { reportToParent } from '../measured-process.ts';

const app = express();
// Serving sends none either.
app.disable('etag');
const objects = new Map<string, unknown>();
app.put('/objects/:name', express.json({ limit: '5mb' }), (request, response) => {
  objects.set(request.params['name'], request.body);
  response.json({});
});
app.get('/v1/profiles/:id/home', (_request, response) => {
  response.json(objects.get('home'));
});
app.get('/v1/profiles/:id/rows/:row', (_request, response) => {
  response.json(objects.get('row'));
});
const server = await listen(app, { host: '127.0.0.1', port: 0 });
reportToParent(server.url, server.close);
