// Package pgtest gives tests and benchmarks a real PostgreSQL: a private
// cluster made from the server binaries that are installed on the machine, in a
// temporary directory, gone when its owner ends.
//
//	Database, TemplateDatabase -> the shared server -> SALLYPORT_TEST_POSTGRES, when it names one
//	                                                \-> Start, once per test process
//
// The command in withpg starts one server for a whole run of the test suite.
// A machine without PostgreSQL fails the test instead of skipping it: a rule
// that was only tried on the other engine was not tried.
package pgtest
