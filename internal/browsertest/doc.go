// Package browsertest drives a real Chromium for tests: pages as people get
// them, with the cookies, the content security policy and the accessibility
// tree that only a browser has.
//
//	New -> Browser (one process per test binary) -> Open -> Page (own cookies) -> Tab (same cookies)
//
// A Page fails its test by itself. Every wait ends, at the latest after
// [Timeout], with the page's address and text in the error. A machine without a
// browser fails the test instead of skipping it.
//
// The browser resolves no names but localhost and *.test, which are this
// machine: what a page loads from elsewhere shows up as a failed request.
package browsertest
