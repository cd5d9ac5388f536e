// Package fault is a bench of faults: it breaks what a node stands on in the middle of a storm of
// requests, and then judges the history that the clients kept. All of it is in its tests.
//
//	storm ─ HTTP ─ nodes, each a process ─ SQLite, or PostgreSQL with a standby
//	  │              └ killed, its clock moved     └ killed, frozen, full, promoted
//	history ─ judge: what was acknowledged is kept, what was revoked is refused, what works once worked
//	          once, each change has its one event, and the log is whole
//
// The faults are the rows of faults_test.go. make test runs each of them once or a few times, make soak
// SALLYPORT_SOAK times as often; both print how often what was injected. drill_test.go does the same
// to an installation as docs/operations.md recommends it, with Patroni and nginx: make drill.
package fault
