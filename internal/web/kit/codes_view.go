package kit

import (
	"strings"
	"time"
	"unicode"

	"github.com/sallyport/sallyport/internal/mfa"
)

// PastCodes goes on after somebody said that they have saved their codes.
func (p *Shell) PastCodes(v *Visit) error {
	next := LocalPath(v.Value("next"))
	v.Flash("flash.codesSaved", 0)
	if next == HomePath {
		next = TwoFactorSection
	}
	v.Redirect(next)
	return nil
}

// CodesView shows backup codes, once.
type CodesView struct {
	Title        string
	Lead         string
	Done         string // what was done besides, "" for nothing
	Codes        []string
	Organisation string
	Email        string
	Made         string
	File         string // name of the file to keep them in
	Path         string // where the tick is sent
	Next         string
	Handed       *Anchor // where an admin goes on who hands them over, instead of the tick; nil for their owner
}

// ViewCodes shows new codes of an account.
func ViewCodes(s Speaker, organisation, email string, codes []string) *CodesView {
	return &CodesView{
		Title: s.T("codes.heading"), Lead: s.T("codes.lead"), Codes: codes,
		Organisation: organisation, Email: email, Made: s.T("codes.made", "Date", s.Date(s.Now, s.Zone)),
		File: codesFile(organisation, s.Now.In(s.Zone)), Path: CodesSavedPath, Next: HomePath,
	}
}

// codesFile names the file of codes after what they open and when they were made, of letters
// and digits that every system takes.
func codesFile(organisation string, at time.Time) string {
	words := strings.FieldsFunc(strings.ToLower(organisation), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := "backup-codes"
	for _, w := range words {
		if len(name)+len(w) < 80 {
			name += "-" + w
		}
	}
	return name + "-" + at.Format(time.DateOnly) + ".txt"
}

// CodesDone says what was set up, above the codes that came with it.
func CodesDone(s Speaker, done mfa.Enrolled) string {
	id := "codes.added"
	if done.First {
		id = "codes.enabled"
	}
	return s.T(id, "Name", s.FactorName(done.Factor))
}

// FewCodes is how many backup codes are so few that somebody should make new ones.
const FewCodes = 3
