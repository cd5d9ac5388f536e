// The push service of the package web-push-testing, behind TLS: it keeps, decrypted, what was pushed.
//
//   node receiver.js KEY CERTIFICATE     prints its port
'use strict';

const fs = require('fs');
const https = require('https');
const {PushApiModel} = require('web-push-testing/src/PushApiModel');
const WebPushTestingServer = require('web-push-testing/src/server');

const model = new PushApiModel();
const server = new WebPushTestingServer(model, 0);
server.setRequestHandlers();
const listener = https.createServer({key: fs.readFileSync(process.argv[2]), cert: fs.readFileSync(process.argv[3])}, server._app);
listener.listen(0, '127.0.0.1', () => {
	const {port} = listener.address();
	model.notifyUrl = `https://localhost:${port}/notify/`;
	console.log(port);
});
process.stdin.on('end', () => process.exit(0)).resume(); // it ends with the test
