package entry

import (
	"slices"

	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Routes is the table of this room. None of its acts needs more than its guard: they prove who
// somebody is.
func (p *Pages) Routes() []kit.Route {
	return slices.Concat(p.guide(), p.inAndOut(), p.providers(), p.steps(), p.enrolment(), p.stepUp(), p.links())
}

// guide is the user guide, for everybody.
func (p *Pages) guide() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + kit.HelpPath, Guard: kit.Public, Do: p.help},
		{Pattern: "GET " + kit.HelpPath + "/{page}", Guard: kit.Public, Do: p.helpPage},
	}
}

// inAndOut is how people come in and out.
func (p *Pages) inAndOut() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + enterAppPath, Guard: kit.SignedIn, Need: apps.NeedEnter, Do: p.enterApp},
		{Pattern: "GET " + welcomePath, Guard: kit.SignedIn, Do: p.welcome},
		{Pattern: "GET " + kit.SignInPath, Guard: kit.Public, Do: p.signInShow},
		{Pattern: "POST " + kit.SignInPath, Guard: kit.Public, Keeps: []string{"email"}, Do: p.signIn},
		{Pattern: "POST " + passkeyPath, Guard: kit.InFlow, Do: p.passkeySignIn},
		{Pattern: "POST " + passkeyPath + "/options", Guard: kit.Public, Do: p.passkeySignInOptions},
		{Pattern: "POST " + forgetDevicePath, Guard: kit.Public, Do: p.forgetDevice},
		{Pattern: "POST /language", Guard: kit.Open, Do: p.languageChoose},
		{Pattern: "POST /sign-out", Guard: kit.Public, Do: p.signOut},
		{Pattern: "GET " + recoveryPath, Guard: kit.Public, Do: p.recoveryShow},
		{Pattern: "POST " + recoveryPath, Guard: kit.Public, Keeps: []string{"email", "again"}, Do: p.recoveryAsk},
		{Pattern: "GET " + recoverySentPath, Guard: kit.Public, Do: p.recoverySent},
	}
}

// steps are those of a sign-in after the first one.
func (p *Pages) steps() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + factorPath, Guard: kit.InFlow, Do: p.factorShow},
		{Pattern: "POST " + factorPath, Guard: kit.InFlow, Do: p.factorAnswer},
		{Pattern: "POST " + factorPath + "/send", Guard: kit.InFlow, Do: p.factorSend},
		{Pattern: "GET " + factorPath + "/state", Guard: kit.InFlow, Do: p.factorState},
		{Pattern: "GET " + passkeyOfferPath, Guard: kit.SignedIn, Do: p.passkeyOffer},
		{Pattern: "GET " + codesLeftPath, Guard: kit.SignedIn, Do: p.codesLeft},
		{Pattern: "GET " + newPasswordPath, Guard: kit.InFlow, Do: p.newPasswordShow},
		{Pattern: "POST " + newPasswordPath, Guard: kit.InFlow, Do: p.newPasswordChoose},
		{Pattern: "GET " + deviceStepPath, Guard: kit.InFlow, Do: p.deviceStepShow},
		{Pattern: "POST " + deviceStepPath, Guard: kit.InFlow, Keeps: []string{"giveUp"}, Do: p.deviceStep},
	}
}

// enrolment is a second factor in the middle of a sign-in.
func (p *Pages) enrolment() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + enrolPath, Guard: kit.InFlow, Do: p.enrolAsk},
		{Pattern: "POST " + enrolPath, Guard: kit.InFlow, Do: p.enrolBegin},
		{Pattern: "GET " + enrolPhonePath, Guard: kit.InFlow, Do: p.enrolPhoneAsk},
		{Pattern: "POST " + enrolPhonePath, Guard: kit.InFlow, Keeps: kit.EnrolPhoneKept, Do: p.enrolPhoneBegin},
		{Pattern: "GET " + enrolSetUpPath, Guard: kit.InFlow, Do: p.enrolSetUp},
		{Pattern: "POST " + enrolSetUpPath, Guard: kit.InFlow, Keeps: kit.EnrolNameKept, Do: p.enrolVerify},
		{Pattern: "POST " + enrolAgainPath, Guard: kit.InFlow, Do: p.enrolAgain},
		{Pattern: "POST " + enrolSavedPath, Guard: kit.Public, Do: p.enrolSaved}, // in by then, or on the way
	}
}

// stepUp is more proof before an act.
func (p *Pages) stepUp() []kit.Route {
	proof := act.Need{Exempt: policy.IsProof}
	return []kit.Route{
		{Pattern: "GET " + kit.StepUpPath, Guard: kit.SignedIn, Do: p.stepUpShow},
		{Pattern: "POST " + kit.StepUpPath, Guard: kit.SignedIn, Need: proof, Do: p.stepUpBegin},
		{Pattern: "POST " + kit.StepUpPath + "/send", Guard: kit.SignedIn, Need: proof, Do: p.stepUpSend},
		{Pattern: "POST " + kit.StepUpPath + "/passkey", Guard: kit.SignedIn, Need: proof, Do: p.stepUpPasskey},
		{Pattern: "POST " + stepUpProvider, Guard: kit.SignedIn, Need: proof, Do: p.stepUpAtProvider},
		{Pattern: "GET " + stepUpFactorPath, Guard: kit.SignedIn, Do: p.stepUpFactorShow},
		{Pattern: "POST " + stepUpFactorPath, Guard: kit.SignedIn, Need: proof, Do: p.stepUpFactorAnswer},
		{Pattern: "POST " + stepUpFactorPath + "/send", Guard: kit.SignedIn, Need: proof, Do: p.stepUpFactorSend},
		{Pattern: "GET " + stepUpFactorPath + "/state", Guard: kit.SignedIn, Quiet: true, Do: p.stepUpFactorState},
	}
}

// links are what mails lead to, and what the console of the server does once.
func (p *Pages) links() []kit.Route {
	var routes []kit.Route
	for _, m := range []kit.MailedPage{
		{Base: recoveryPath, Show: p.resetShow, Do: p.reset},
		{Base: verifyPath, Show: p.verifyShow, Do: p.verify},
		{Base: invitationPath, Show: p.invitationShow, Do: p.invitationAccept, Keeps: []string{"firstName", "lastName"}},
		{Base: unlockPath, Show: p.unlockShow, Do: p.unlock},
		{Base: notMePath, Show: p.notMeShow, Do: p.notMe},
		{Base: reopenPath, Show: p.reopenShow, Do: p.reopen},
		{Base: undoEmailPath, Show: p.undoEmailShow, Do: p.undoEmail},
		{Base: trustLinkPath, Show: p.trustLinkShow, Do: p.trustLink},
		{Base: confirmLinkPath, Show: p.confirmLinkShow, Do: p.confirmLink},
		{
			Base: setUpPath, Guard: kit.Open, Show: p.setUpShow, Do: p.setUpComplete, Gone: setUpGone,
			Keeps: []string{"organisation", "firstName", "lastName", "email"},
		},
	} {
		if m.Guard == 0 {
			m.Guard, m.Gone = kit.Mailed, p.linkGone
		}
		routes = append(routes, p.Mailed(m)...)
	}
	return routes
}
