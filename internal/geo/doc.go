// Package geo finds where an IP address probably is, in files on this machine. It sends
// no request.
//
//	address -> unmap -> not public? -> nothing
//	                 -> city file (optional) -> place with coordinates
//	                 -> embedded country data -> country only
//
// The result is used for risk signals (a new country, impossible travel) and shown beside
// a session ("Amsterdam, Netherlands"). It is a guess, which a proxy, a mobile network or
// an old file makes wrong. So it may cause one more proof to be asked for, and must never
// be the only reason to refuse.
package geo
