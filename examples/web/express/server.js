'use strict';

const express = require('express');

const app = express();
let unsent = 0;
let sent = 0;

// Express answers HEAD with the routes of GET; a hook is asked for by GET alone.
app.use((request, response, next) => (request.method === 'HEAD' ? response.sendStatus(405) : next()));

app.get('/', (request, response) => {
  unsent += 1;
  response.send('welcome to the shop\n');
});

app.get('/pre-freeze', (request, response) => {
  sent += unsent;
  unsent = 0;
  response.end();
});

app.get('/pre-stop', (request, response) => {
  console.log(`${sent} visits were counted`);
  response.end();
});

const server = app.listen(9000, '0.0.0.0');
// The platform keeps idle connections; Node.js alone would close them after 5 seconds.
server.keepAliveTimeout = 24 * 60 * 60 * 1000;

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
