// Package archtest checks the structure of the code against table.go: which package may
// import which, and which may use the database, the network and the file system. Imports
// go one way,
//
//	cmd -> server -> api | web | job -> signin, account -> session, device, throttle, notify, access
//	    -> audit -> store -> sallyport
//
// and the rules (policy, risk, factor, agent, geo) stay functions that a test can call
// with values alone. The test fails when a rule reads the database or an edge uses SQL.
//
// The tests parse the sources themselves: go test would cache the output of go list.
package archtest
