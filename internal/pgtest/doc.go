// Package pgtest gives tests and benchmarks a real PostgreSQL: a private cluster in a
// temporary directory, made with the PostgreSQL programs installed on the machine. It is
// removed when the test process ends.
//
//	Database, TemplateDatabase -> the shared server -> SALLYPORT_TEST_POSTGRES, when it names one
//	                                                \-> Start, once per test process
//
// The command in withpg starts one server for a whole run of the test suite. Without
// PostgreSQL a test fails and is not skipped: every rule must be tested on both engines.
package pgtest
