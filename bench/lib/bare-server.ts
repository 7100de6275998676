/** The peer of the ingest benchmark: an Express handler that parses the body and does nothing else. */
import express from 'express';
import { listen } from '../../infra/http/listen.ts';
import { reportToParent } from './measured-process.ts';

const app = express();
app.post('/v1/events', express.json({ limit: '5mb' }), (request, response) => {
  const events = request.body as unknown[];
  response.status(202).json({ accepted: events.length, rejected: 0, results: [] });
});
const server = await listen(app, { host: '127.0.0.1', port: 0 });
reportToParent(server.url, server.close);
