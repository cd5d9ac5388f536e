// Package archtest holds the shape of the code to what table.go says: which
// package may import which, and where the database, the network and the file
// system may be touched. Imports run one way,
//
//	cmd -> server -> api | web | job -> signin, account -> session, device, throttle, notify, access
//	    -> audit -> store -> sallyport
//
// and the rules (policy, risk, factor, agent, geo) stay functions that a test
// can call with nothing but values. A rule that reads a database, or a page that
// decides, does not compile into the product unnoticed.
//
// The sources are parsed in this process: go test would serve the result of a
// run of go list from its cache.
package archtest
