package mfa

import "strings"

// MaskEmail shows enough of an address for its owner to know it again: the first
// letter and the domain, "o•••@corp.test".
func MaskEmail(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return "•••"
	}
	first := []rune(local)[:1]
	return string(first) + "•••@" + domain
}
