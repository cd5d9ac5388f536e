// Package geo answers where an IP address probably is, from files on this
// machine: no request ever leaves it.
//
//	address -> unmap -> not public? -> nothing
//	                 -> city file (optional) -> place with coordinates
//	                 -> embedded country data -> country only
//
// The answer feeds risk signals (a country never seen, travel faster than
// flight) and the "Amsterdam, Netherlands" beside a session. It is a guess:
// a proxy, a mobile carrier or a stale file makes it wrong, so it may ask for
// one more proof and must never be the only reason to refuse.
package geo
