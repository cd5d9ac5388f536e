package web

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/risk"
)

// doubtView is what is unusual about the sign-in of a session, and asks its owner.
type doubtView struct {
	Lines   []string // sentences, without a full stop
	Confirm string   // path that says it was them
	Not     *anchor  // nil for the session in use: whoever asks is in it
}

// doubt returns what to say of a session, nil when it looks as usual.
func (s speaker) doubt(session sallyport.Session, current bool) *doubtView {
	if session.Assessment.Score < risk.Unusual {
		return nil
	}
	v := &doubtView{Confirm: sessionsPath + "/" + session.ID + "/mine"}
	for _, f := range session.Assessment.Findings {
		v.Lines = append(v.Lines, s.Finding(f))
	}
	if !current {
		v.Not = &anchor{Text: s.T("confirmActivity.not"), Path: sessionsPath + "/" + session.ID + "/not-mine"}
	}
	return v
}
