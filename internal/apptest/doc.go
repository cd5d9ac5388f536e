// Package apptest gives tests the whole application on real databases.
//
//	Each ─┬─ sqlite:   a fresh file           ─┐
//	      └─ postgres: a copy of a template   ─┴─ App ─ the uses, a clock that the test sets
//
// The test sets the time, and hashing a password is very fast. At the end of each test
// the audit log of every organisation must verify, unless the test says that it tampered
// with the log.
package apptest
