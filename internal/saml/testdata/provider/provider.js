// An identity provider made of the package samlp, for one user and one service.
//
//   node --no-deprecation provider.js KEY CERTIFICATE SERVICE     prints its port
//
// SERVICE is JSON: entity, acs, slo and cert (PEM) of the service. POST /set changes how responses are made, /renew
// the key and the certificate, and /browser whose visits the next ones are: each browser has a session of its own.
'use strict';

const fs = require('fs');
const express = require('express');
const samlp = require('samlp');
const SessionParticipants = require('samlp/lib/sessionParticipants');

let [key, cert] = [process.argv[2], process.argv[3]].map((path) => fs.readFileSync(path));
const service = JSON.parse(process.argv[4]);
const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const user = {id: 'alice-7f3', displayName: 'Alice', name: {givenName: 'Alice', familyName: 'A'}, emails: [{value: 'alice@example.com'}]};
const format = 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent';

let issuer; // known when it listens
let settings = {};
let session = 's-' + process.pid; // of the browser that visits
const participants = new Map(); // by session: the services where it is signed in
const states = new Map();
const store = {
	save(req, state, done) {
		const id = 'state-' + states.size;
		states.set(id, state);
		done(null, id);
	},
	load(req, id, options, done) {
		const state = states.get(id);
		(done || options)(null, state);
	},
	update(req, id, state, done) {
		states.set(id, state);
		done();
	},
};

const app = express();
app.use(express.urlencoded({extended: false}), express.json());
app.post('/set', (req, res) => {
	settings = req.body;
	res.end();
});
app.post('/renew', (req, res) => {
	({key, cert} = req.body);
	res.end();
});
app.post('/browser', (req, res) => {
	session = 's-' + req.body.name;
	res.end();
});
app.use('/metadata', (req, res) => samlp.metadata({
	issuer, cert, redirectEndpointPath: '/sso', postEndpointPath: '/sso', logoutEndpointPaths: {redirect: '/slo', post: '/slo'},
})(req, res));
app.all('/sso', (req, res, next) => {
	participants.set(session, [{
		serviceProviderId: service.entity, nameId: user.id, nameIdFormat: format, sessionIndex: session, serviceProviderLogoutURL: service.slo, cert: service.cert,
		binding: settings.binding,
	}]);
	samlp.auth({
		issuer, key, cert, signResponse: false, signingCert: service.cert, audience: service.entity, destination: service.acs, recipient: service.acs,
		digestAlgorithm: 'sha256', signatureAlgorithm: 'rsa-sha256', nameIdentifierFormat: format, sessionIndex: session,
		authnContextClassRef: 'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport',
		getUserFromRequest: () => user, getPostURL: (audience, dom, r, done) => done(null, service.acs), ...settings,
	})(req, res, next);
});
app.all('/refuse', (req, res, next) => samlp.sendError({
	issuer, key, cert, signResponse: true, digestAlgorithm: 'sha256', signatureAlgorithm: 'rsa-sha256', destination: service.acs,
	RelayState: req.query.RelayState, getPostURL: (r, done) => done(null, service.acs),
})(req, res, next));
app.all('/slo', (req, res, next) => samlp.logout({
	issuer, key, cert, deflate: true, protocolBinding: redirect, digestAlgorithm: 'sha256', signatureAlgorithm: 'rsa-sha256', store,
	sessionParticipants: new SessionParticipants(participants.get(session)), destination: service.slo,
	clearIdPSession: (done) => {
		participants.delete(session);
		done();
	},
})(req, res, next));
app.get('/signed-in', (req, res) => res.json((participants.get(session) || []).length));
app.use((err, req, res, next) => res.status(500).send(String(err.message || err)));

const listener = app.listen(0, '127.0.0.1', () => {
	const {port} = listener.address();
	issuer = `http://127.0.0.1:${port}/metadata`;
	console.log(port);
});
process.stdin.on('end', () => process.exit(0)).resume(); // it ends with the test
