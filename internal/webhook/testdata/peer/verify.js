// Verifies messages with the package standardwebhooks: a JSON value for each line of the input, and "ok" or what is wrong for each of the output.
'use strict';

const readline = require('readline');
const {Webhook} = require('standardwebhooks');

readline.createInterface({input: process.stdin}).on('line', (line) => {
	const {secret, headers, body, now} = JSON.parse(line);
	Date.now = () => now * 1000;
	try {
		new Webhook(secret).verify(body, headers);
		console.log('ok');
	} catch (e) {
		console.log(e.message);
	}
});
