// Package browsertest controls a real Chromium for tests, with its cookies, content security
// policy and accessibility tree.
//
//	New -> Browser (one process per test binary) -> Open -> Page (own cookies) -> Tab (same cookies)
//
// The methods of a Page fail the test on an error. Every wait ends after [Timeout] at the
// latest, with the page's address and text in the error. Without a browser a test fails
// and is not skipped.
//
// The browser resolves only localhost and *.test, both to this machine. A page that loads
// something from elsewhere shows up as a failed request.
package browsertest
