package entry

import (
	"slices"

	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Routes is the table of this room. None of its acts needs more than its guard: they prove who
// somebody is.
func (p *Pages) Routes() []kit.Route {
	return slices.Concat(p.inAndOut(), p.steps(), p.enrolment(), p.stepUp(), p.links())
}

// inAndOut is how people come in and out.
func (p *Pages) inAndOut() []kit.Route {
	return []kit.Route{
		{Pattern: "GET /setup/{secret}", Guard: kit.Open, Do: p.setUpShow},
		{Pattern: "POST /setup/{secret}", Guard: kit.Open, Do: p.setUpComplete},
		{Pattern: "GET " + welcomePath, Guard: kit.SignedIn, Do: p.welcome},
		{Pattern: "GET " + kit.SignInPath, Guard: kit.Public, Do: p.signInShow},
		{Pattern: "POST " + kit.SignInPath, Guard: kit.Public, Do: p.signIn},
		{Pattern: "POST " + passkeyPath, Guard: kit.InFlow, Do: p.passkeySignIn},
		{Pattern: "POST " + passkeyPath + "/options", Guard: kit.Public, Do: p.passkeySignInOptions},
		{Pattern: "POST " + forgetDevicePath, Guard: kit.Public, Do: p.forgetDevice},
		{Pattern: "POST /language", Guard: kit.Open, Do: p.languageChoose},
		{Pattern: "POST /sign-out", Guard: kit.Public, Do: p.signOut},
		{Pattern: "GET " + recoveryPath, Guard: kit.Public, Do: p.recoveryShow},
		{Pattern: "POST " + recoveryPath, Guard: kit.Public, Do: p.recoveryAsk},
	}
}

// steps are those of a sign-in after the first one.
func (p *Pages) steps() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + factorPath, Guard: kit.InFlow, Do: p.factorShow},
		{Pattern: "POST " + factorPath, Guard: kit.InFlow, Do: p.factorAnswer},
		{Pattern: "POST " + factorPath + "/send", Guard: kit.InFlow, Do: p.factorSend},
		{Pattern: "GET " + codesLeftPath, Guard: kit.SignedIn, Do: p.codesLeft},
		{Pattern: "GET " + newPasswordPath, Guard: kit.InFlow, Do: p.newPasswordShow},
		{Pattern: "POST " + newPasswordPath, Guard: kit.InFlow, Do: p.newPasswordChoose},
		{Pattern: "GET " + deviceStepPath, Guard: kit.InFlow, Do: p.deviceStepShow},
		{Pattern: "POST " + deviceStepPath, Guard: kit.InFlow, Do: p.deviceStep},
	}
}

// enrolment is a second factor in the middle of a sign-in.
func (p *Pages) enrolment() []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + enrolPath, Guard: kit.InFlow, Do: p.enrolAsk},
		{Pattern: "POST " + enrolPath, Guard: kit.InFlow, Do: p.enrolBegin},
		{Pattern: "GET " + enrolPhonePath, Guard: kit.InFlow, Do: p.enrolPhoneAsk},
		{Pattern: "POST " + enrolPhonePath, Guard: kit.InFlow, Do: p.enrolPhoneBegin},
		{Pattern: "GET " + enrolSetUpPath, Guard: kit.InFlow, Do: p.enrolSetUp},
		{Pattern: "POST " + enrolSetUpPath, Guard: kit.InFlow, Do: p.enrolVerify},
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
		{Pattern: "GET " + stepUpFactorPath, Guard: kit.SignedIn, Do: p.stepUpFactorShow},
		{Pattern: "POST " + stepUpFactorPath, Guard: kit.SignedIn, Need: proof, Do: p.stepUpFactorAnswer},
		{Pattern: "POST " + stepUpFactorPath + "/send", Guard: kit.SignedIn, Need: proof, Do: p.stepUpFactorSend},
	}
}

// links are what mails lead to.
func (p *Pages) links() []kit.Route {
	return slices.Concat(
		mailed(recoveryPath, p.resetShow, p.reset),
		mailed(verifyPath, p.verifyShow, p.verify),
		mailed(invitationPath, p.invitationShow, p.invitationAccept),
		mailed(unlockPath, p.unlockShow, p.unlock),
		mailed(notMePath, p.notMeShow, p.notMe),
		mailed(reopenPath, p.reopenShow, p.reopen),
		mailed(trustLinkPath, p.trustLinkShow, p.trustLink),
		mailed(confirmLinkPath, p.confirmLinkShow, p.confirmLink),
	)
}

// mailed is the page that links of one kind lead to, and the act of its button.
func mailed(base string, show, do kit.Handler) []kit.Route {
	return []kit.Route{
		{Pattern: "GET " + base + "/{secret}", Guard: kit.Mailed, Do: show},
		{Pattern: "POST " + base + "/{secret}", Guard: kit.Mailed, Do: do},
	}
}
