package entry

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

func viewFactor(s kit.Speaker, at challenge, email string, choices []mfa.Choice, c chosen) *kit.FactorView {
	choice, others := c.choose(choices)
	v := &kit.FactorView{
		Title: s.T("factor.heading"), Lead: at.lead, Email: email, Path: at.path, SendPath: at.path + "/send", Back: at.back,
		Keep:   append([]kit.Kept{{Name: "method", Value: choice.Method}, {Name: "factor", Value: choice.FactorID}}, at.keep...),
		Method: choice.Method, Icon: kit.MethodLooks[choice.Method].Icon, Name: s.MethodName(choice.Method),
	}
	kit.MethodLooks[choice.Method].Ask(s, v, choice, c.until)
	for _, o := range others {
		v.Others = append(v.Others, viewFactorLink(s, at, o))
	}
	return v
}

func viewFactorLink(s kit.Speaker, at challenge, c mfa.Choice) kit.FactorLink {
	l := kit.FactorLink{
		Method: c.Method, Icon: kit.MethodLooks[c.Method].Icon, Text: s.MethodName(c.Method), Note: c.Hint,
		Path: at.address(at.path, "method", c.Method, "factor", c.FactorID),
	}
	switch {
	case c.Method == sallyport.MethodBackupCodes:
		l.Text = s.T("factor.useBackup")
	case l.Note == "":
		l.Note = c.Name
	}
	return l
}

// passkeyProblem says why a passkey was refused, in one sentence.
func passkeyProblem(s kit.Speaker, err error) string {
	var refused *sallyport.Error
	if !errors.As(err, &refused) {
		return s.T("signIn.failedText")
	}
	switch {
	case refused.Code == sallyport.CodeRateLimited || refused.Code == sallyport.CodeAccountLocked:
		return s.WaitText(err)
	case len(refused.Fields) > 0:
		return s.Rule(refused.Fields[0])
	}
	return s.T("signIn.failedText")
}
