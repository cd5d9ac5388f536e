package agent

import "strings"

// maxWord is the longest name or model that is shown, in bytes.
const maxWord = 40

// plain returns s when it could be the name of a product, else "". It may have letters,
// digits, spaces and ()+-_, dots only between digits, and four words at most, and starts
// with a letter or digit. A name chosen by an attacker must not look like a link
// ("evil.example") or a message in a mail to the account's owner.
func plain(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxWord || !letter(s[0]) && !digit(s[0]) || strings.Count(s, " ") > 3 {
		return ""
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case letter(c), digit(c), strings.IndexByte(" ()+-_", c) >= 0:
		case c == '.' && i+1 < len(s) && digit(s[i-1]) && digit(s[i+1]):
		default:
			return ""
		}
	}
	return s
}

// version returns the leading number of s, or "": at most parts components of at most six
// digits ("141.0.7390.54" is "141.0" with two parts). Underscores count as dots. The
// Windows names "XP" and "Vista" are returned unchanged.
func version(s string, parts int) string {
	if s == "XP" || s == "Vista" {
		return s
	}
	s = strings.ReplaceAll(s, "_", ".")
	end, start := 0, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && digit(s[i]) && i-start < 6 {
			continue
		}
		if i == start || i < len(s) && digit(s[i]) {
			break // a component that is empty or too long
		}
		end = i
		if parts--; parts == 0 || i == len(s) || s[i] != '.' {
			break
		}
		start = i + 1
	}
	return s[:end]
}
