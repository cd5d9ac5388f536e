// The provider of the package oidc-provider, behind TLS. Tests change how it behaves by POST /control.
//
//   node provider.js KEY CERTIFICATE CALLBACK SIGNED_OUT LOGOUT     prints its port
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const https = require('https');

const [keyFile, certFile, callback, signedOut, logout] = process.argv.slice(2);

// What a test may change.
const now = {
	claims: {}, // of the user, beside sub
	offset: 0, // of the clock, in seconds
	slow: 0, // milliseconds before each answer
	down: false, // connections are closed without an answer
};

const realNow = Date.now;
Date.now = () => realNow() + now.offset * 1000;

function makeKeys() {
	const kinds = [['rsa', {modulusLength: 2048}], ['ec', {namedCurve: 'P-256'}], ['ed25519', {}]];
	return kinds.map(([kind, options]) => ({
		...crypto.generateKeyPairSync(kind, options).privateKey.export({format: 'jwk'}), use: 'sig', kid: crypto.randomUUID(),
	}));
}

// A client for each way to prove who it is, and for each algorithm.
function clients() {
	const base = {
		client_secret: 'a secret: of + letters%', redirect_uris: [callback], post_logout_redirect_uris: [signedOut], response_types: ['code'],
		grant_types: ['authorization_code'], backchannel_logout_uri: logout, backchannel_logout_session_required: true,
	};
	return [
		{...base, client_id: 'basic', token_endpoint_auth_method: 'client_secret_basic'},
		{...base, client_id: 'post', token_endpoint_auth_method: 'client_secret_post'},
		{...base, client_id: 'public', client_secret: undefined, token_endpoint_auth_method: 'none'},
		...['RS512', 'PS256', 'ES256', 'EdDSA'].map((alg) => ({...base, client_id: alg, id_token_signed_response_alg: alg})),
	];
}

async function main() {
	const {default: Provider} = await import('oidc-provider');
	const server = https.createServer({key: fs.readFileSync(keyFile), cert: fs.readFileSync(certFile)});
	let answer;

	// Sessions and codes are kept outside of a provider, so that another one goes on with them.
	function make() {
		const provider = new Provider(`https://localhost:${server.address().port}`, {
			clients: clients(),
			jwks: {keys: makeKeys()},
			cookies: {keys: ['for the tests']},
			features: {
				devInteractions: {enabled: true}, backchannelLogout: {enabled: true}, rpInitiatedLogout: {enabled: true}, pushedAuthorizationRequests: {enabled: true},
				dPoP: {enabled: true}, introspection: {enabled: true}, revocation: {enabled: true}, userinfo: {enabled: true},
			},
			enabledJWA: {idTokenSigningAlgValues: ['HS256', 'RS256', 'RS512', 'PS256', 'ES256', 'EdDSA']},
			pkce: {required: () => true},
			claims: {openid: ['sub', 'sid'], email: ['email', 'email_verified'], profile: ['name', 'locale', 'groups']},
			scopes: ['openid', 'email', 'profile'],
			findAccount: (ctx, id) => ({accountId: id, claims: () => ({sub: id, ...now.claims})}),
			fetch: (url, {dispatcher, ...options}) => fetch(url, options), // its own refuses addresses of this machine
			ttl: {AccessToken: 600, AuthorizationCode: 60, IdToken: 3600, Grant: 3600, Interaction: 3600, Session: 3600},
		});
		answer = provider.callback();
	}

	function control(req, res) {
		let text = '';
		req.on('data', (part) => { text += part; }).on('end', () => {
			const {rotate, ...changes} = JSON.parse(text);
			Object.assign(now, changes);
			if (rotate) make();
			res.end('{}');
		});
	}

	server.on('request', (req, res) => {
		if (req.url === '/control') return control(req, res);
		if (now.down) return req.socket.destroy();
		return setTimeout(() => answer(req, res), now.slow);
	});
	server.listen(0, '127.0.0.1', () => {
		make();
		console.log(server.address().port);
	});
}

main();
process.stdin.on('end', () => process.exit(0)).resume(); // it ends with the test
