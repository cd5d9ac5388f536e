package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// viewDoubt returns what to say of a session, nil when it looks as usual.
func viewDoubt(s kit.Speaker, session sallyport.Session, current bool) *kit.DoubtView {
	if session.Assessment.Score < risk.Unusual {
		return nil
	}
	v := &kit.DoubtView{Confirm: sessionsPath + "/" + session.ID + "/mine"}
	for _, f := range session.Assessment.Findings {
		v.Lines = append(v.Lines, s.Finding(f))
	}
	if !current {
		v.Not = &kit.Anchor{Text: s.T("confirmActivity.not"), Path: sessionsPath + "/" + session.ID + "/not-mine"}
	}
	return v
}
