// Package apptest gives tests the whole application on real databases.
//
//	Each ─┬─ sqlite:   a fresh file           ─┐
//	      └─ postgres: a copy of a template   ─┴─ App ─ the uses, a clock that the test sets
//
// Time is the test's to set, passwords are hashed with next to no work, and each
// test ends with a look at every organisation's audit log: whatever a test does,
// the log must verify afterwards, unless the test says that it tampered with it.
package apptest
