package admin

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// riskLine is one thing about an account that an admin should know, in words.
type riskLine struct {
	Tone, Icon, Text string
	Lines            []string // what it rests on
}

// stale is how long nobody has used an account that is worth a word.
const stale = 90 * 24 * time.Hour

// recent is how far back attempts and failures count.
const recent = 24 * time.Hour

// riskWords are the functions that find something, the gravest first.
var riskWords = []func(kit.Speaker, person) *riskLine{closedRisk, lockRisk, deviceRisk, unusualRisk, guessRisk, factorRisk, staleRisk}

// risksOf says what stands out of an account; nothing when all is quiet.
func risksOf(s kit.Speaker, of person) (out []riskLine) {
	for _, find := range riskWords {
		if line := find(s, of); line != nil {
			out = append(out, *line)
		}
	}
	return out
}

func closedRisk(s kit.Speaker, of person) *riskLine {
	if of.Status != sallyport.UserClosed {
		return nil
	}
	return &riskLine{Tone: "bad", Icon: "lock", Text: s.T("person.riskClosed")}
}

func lockRisk(s kit.Speaker, of person) *riskLine {
	if len(of.Locks) == 0 {
		return nil
	}
	line := &riskLine{Tone: "warn", Icon: "lock", Text: s.T("person.riskLocked")}
	for _, l := range of.Locks {
		line.Lines = append(line.Lines, lockText(s, l))
	}
	return line
}

func deviceRisk(s kit.Speaker, of person) *riskLine {
	line := &riskLine{Tone: "bad", Icon: "alert-triangle", Text: s.T("person.riskDevice")}
	for _, d := range of.devices {
		if d.Compromised() && d.Status != sallyport.DeviceRevoked {
			line.Lines = append(line.Lines, s.DeviceName(d))
		}
	}
	if line.Lines == nil {
		return nil
	}
	return line
}

// unusualRisk tells of the latest unusual sign-in that its owner has not answered for.
func unusualRisk(s kit.Speaker, of person) *riskLine {
	for _, a := range of.attempts {
		if a.Assessment.Score < risk.Unusual || a.Answer != "" {
			continue
		}
		line := &riskLine{Tone: "warn", Icon: "alert-triangle", Text: s.T("person.riskUnusual", "Device", s.Device(a.DeviceInfo), "Place", s.PlaceAt(a.Location, a.IPAddress).Text, "Ago", s.Ago(s.Now, a.CreatedAt))}
		for _, f := range a.Assessment.Findings {
			line.Lines = append(line.Lines, s.Finding(f))
		}
		return line
	}
	return nil
}

// guessRisk counts failures of a day, of the attempts that are shown.
func guessRisk(s kit.Speaker, of person) *riskLine {
	const many = 5
	n := 0
	for _, a := range of.attempts {
		if !a.Successful && s.Now.Sub(a.CreatedAt) < recent {
			n++
		}
	}
	if n < many {
		return nil
	}
	return &riskLine{Tone: "warn", Icon: "key", Text: s.N("person.riskGuesses", n)}
}

func factorRisk(s kit.Speaker, of person) *riskLine {
	if of.Status != sallyport.UserActive {
		return nil
	}
	switch {
	case of.SecondFactor == sallyport.NoFactor && of.factors.Enforced:
		return &riskLine{Tone: "warn", Icon: "shield-x", Text: s.T("person.riskRequired")}
	case of.SecondFactor == sallyport.NoFactor:
		return &riskLine{Tone: "info", Icon: "shield-x", Text: s.T("person.riskNone")}
	case of.SecondFactor == sallyport.WeakFactor:
		return &riskLine{Tone: "info", Icon: "shield-half", Text: s.T("person.riskWeak")}
	}
	return nil
}

func staleRisk(s kit.Speaker, of person) *riskLine {
	if of.Status != sallyport.UserActive || of.LastSignInAt.IsZero() || s.Now.Sub(of.LastSignInAt) < stale {
		return nil
	}
	return &riskLine{Tone: "info", Icon: "clock", Text: s.T("person.riskStale", "Ago", s.Ago(s.Now, of.LastSignInAt))}
}
