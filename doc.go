// Package sallyport holds the nouns of the account-security service: tenants,
// users, sessions, devices, factors, sign-in attempts, audit events and the
// policy that decides about them, with the stable error codes that every edge
// (JSON API, pages, command line) reports.
//
// It imports the standard library only, holds no behaviour that needs a
// database or a network, and is the one package that every other one imports.
package sallyport
