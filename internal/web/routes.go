package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
)

// routes returns all pages, by address.
func (p *Pages) routes() http.Handler {
	mux := http.NewServeMux()
	p.addEntry(mux)
	p.addStepUp(mux)
	p.addMailed(mux)
	p.addEnrolment(mux)
	p.addSecurity(mux)
	p.addTwoFactor(mux)
	p.addDevices(mux)
	p.addFixed(mux)
	return mux
}

// addEntry adds how people come in and out.
func (p *Pages) addEntry(mux *http.ServeMux) {
	mux.HandleFunc("GET /setup/{secret}", p.open(p.setUpShow))
	mux.HandleFunc("POST /setup/{secret}", p.open(p.setUpComplete))
	mux.HandleFunc("GET "+signInPath, p.public(p.signInShow))
	mux.HandleFunc("POST "+signInPath, p.public(p.signIn))
	mux.HandleFunc("GET "+factorPath, p.public(p.factorShow))
	mux.HandleFunc("POST "+factorPath, p.public(p.factorAnswer))
	mux.HandleFunc("POST "+factorPath+"/send", p.public(p.factorSend))
	mux.HandleFunc("POST "+passkeyPath, p.public(p.passkeySignIn))
	mux.HandleFunc("POST "+passkeyPath+"/options", p.public(p.passkeySignInOptions))
	mux.HandleFunc("GET "+codesLeftPath, p.signedIn(p.codesLeft))
	mux.HandleFunc("GET "+newPasswordPath, p.public(p.newPasswordShow))
	mux.HandleFunc("POST "+newPasswordPath, p.public(p.newPasswordChoose))
	mux.HandleFunc("POST /sign-out", p.public(p.signOut))
}

// addStepUp adds more proof before an act.
func (p *Pages) addStepUp(mux *http.ServeMux) {
	mux.HandleFunc("GET "+stepUpPath, p.signedIn(p.stepUpShow))
	mux.HandleFunc("POST "+stepUpPath, p.signedIn(p.stepUpBegin))
	mux.HandleFunc("POST "+stepUpPath+"/send", p.signedIn(p.stepUpSend))
	mux.HandleFunc("POST "+stepUpPath+"/passkey", p.signedIn(p.stepUpPasskey))
	mux.HandleFunc("GET "+stepUpFactorPath, p.signedIn(p.stepUpFactorShow))
	mux.HandleFunc("POST "+stepUpFactorPath, p.signedIn(p.stepUpFactorAnswer))
	mux.HandleFunc("POST "+stepUpFactorPath+"/send", p.signedIn(p.stepUpFactorSend))
}

// addMailed adds what the links of mails open, and the way to a new password.
func (p *Pages) addMailed(mux *http.ServeMux) {
	mux.HandleFunc("GET "+recoveryPath, p.public(p.recoveryShow))
	mux.HandleFunc("POST "+recoveryPath, p.public(p.recoveryAsk))
	p.mailed(mux, recoveryPath, p.resetShow, p.reset)
	p.mailed(mux, verifyPath, p.verifyShow, p.verify)
	p.mailed(mux, invitationPath, p.invitationShow, p.invitationAccept)
	p.mailed(mux, unlockPath, p.unlockShow, p.unlock)
	p.mailed(mux, notMePath, p.notMeShow, p.notMe)
}

// addEnrolment adds a second factor in the middle of a sign-in.
func (p *Pages) addEnrolment(mux *http.ServeMux) {
	mux.HandleFunc("GET "+enrolPath, p.public(p.enrolAsk))
	mux.HandleFunc("POST "+enrolPath, p.public(p.enrolBegin))
	mux.HandleFunc("GET "+enrolPhonePath, p.public(p.enrolPhoneAsk))
	mux.HandleFunc("POST "+enrolPhonePath, p.public(p.enrolPhoneBegin))
	mux.HandleFunc("GET "+enrolSetUpPath, p.public(p.enrolSetUp))
	mux.HandleFunc("POST "+enrolSetUpPath, p.public(p.enrolVerify))
	mux.HandleFunc("POST "+enrolAgainPath, p.public(p.enrolAgain))
	mux.HandleFunc("POST "+enrolSavedPath, p.public(p.enrolSaved))
}

// addSecurity adds the page of one's own account, with its password, activity and sessions.
func (p *Pages) addSecurity(mux *http.ServeMux) {
	mux.HandleFunc("GET "+homePath, p.signedIn(p.securityShow))
	mux.HandleFunc("GET "+passwordPath, p.signedIn(p.securityShow))
	mux.HandleFunc("POST "+passwordPath, p.signedIn(p.passwordChange))
	mux.HandleFunc("POST "+verificationPath, p.signedIn(p.verifyAsk))
	mux.HandleFunc("GET "+activityPath, p.signedIn(p.activityList))
	mux.HandleFunc("GET "+sessionsPath+"/{id}/revoke", p.signedIn(p.sessionRevokeAsk))
	mux.HandleFunc("POST "+sessionsPath+"/{id}/revoke", p.signedIn(p.sessionRevoke))
	mux.HandleFunc("GET "+sessionsPath+"/revoke-others", p.signedIn(p.sessionRevokeOthersAsk))
	mux.HandleFunc("POST "+sessionsPath+"/revoke-others", p.signedIn(p.sessionRevokeOthers))
	mux.HandleFunc("GET "+sessionsPath+"/revoke-all", p.signedIn(p.sessionRevokeAllAsk))
	mux.HandleFunc("POST "+sessionsPath+"/revoke-all", p.signedIn(p.sessionRevokeAll))
}

// addTwoFactor adds one's second factors.
func (p *Pages) addTwoFactor(mux *http.ServeMux) {
	mux.HandleFunc("GET "+addFactorPath, p.signedIn(p.factorAddAsk))
	mux.HandleFunc("POST "+addFactorPath, p.signedIn(p.factorBegin))
	mux.HandleFunc("GET "+addPhonePath, p.signedIn(p.factorPhoneAsk))
	mux.HandleFunc("POST "+addPhonePath, p.signedIn(p.factorPhoneBegin))
	mux.HandleFunc("GET "+addFactorPath+"/{id}", p.signedIn(p.factorVerifyAsk))
	mux.HandleFunc("POST "+addFactorPath+"/{id}", p.signedIn(p.factorVerify))
	mux.HandleFunc("GET "+addFactorPath+"/{id}/again", p.signedIn(p.factorAgainAsk))
	mux.HandleFunc("POST "+addFactorPath+"/{id}/again", p.signedIn(p.factorAgain))
	mux.HandleFunc("GET "+methodPath("{id}", "rename"), p.signedIn(p.factorRenameAsk))
	mux.HandleFunc("POST "+methodPath("{id}", "rename"), p.signedIn(p.factorRename))
	mux.HandleFunc("GET "+methodPath("{id}", "remove"), p.signedIn(p.factorRemoveAsk))
	mux.HandleFunc("POST "+methodPath("{id}", "remove"), p.signedIn(p.factorRemove))
	mux.HandleFunc("GET "+newCodesPath, p.signedIn(p.backupCodesAsk))
	mux.HandleFunc("POST "+newCodesPath, p.signedIn(p.backupCodesMake))
	mux.HandleFunc("POST "+codesSavedPath, p.signedIn(p.codesSaved))
	mux.HandleFunc("GET "+disableFactorsPath, p.signedIn(p.twoFactorDisableAsk))
	mux.HandleFunc("POST "+disableFactorsPath, p.signedIn(p.twoFactorDisable))
}

// addDevices adds one's devices.
func (p *Pages) addDevices(mux *http.ServeMux) {
	mux.HandleFunc("GET "+deviceStepPath, p.public(p.deviceStepShow))
	mux.HandleFunc("POST "+deviceStepPath, p.public(p.deviceStep))
	mux.HandleFunc("POST "+forgetDevicePath, p.public(p.forgetDevice))
	p.mailed(mux, trustLinkPath, p.trustLinkShow, p.trustLink)
	p.mailed(mux, confirmLinkPath, p.confirmLinkShow, p.confirmLink)
	mux.HandleFunc("GET "+devicesPath, p.signedIn(p.devicesList))
	mux.HandleFunc("GET "+devicePath("{id}", "trust"), p.signedIn(p.deviceTrustAsk))
	mux.HandleFunc("POST "+devicePath("{id}", "trust"), p.signedIn(p.deviceTrust))
	mux.HandleFunc("GET "+devicePath("{id}", "confirm"), p.signedIn(p.deviceConfirmAsk))
	mux.HandleFunc("POST "+devicePath("{id}", "confirm"), p.signedIn(p.deviceConfirm))
	mux.HandleFunc("GET "+devicePath("{id}", "rename"), p.signedIn(p.deviceRenameAsk))
	mux.HandleFunc("POST "+devicePath("{id}", "rename"), p.signedIn(p.deviceRename))
	mux.HandleFunc("GET "+devicePath("{id}", "primary"), p.signedIn(p.devicePrimaryAsk))
	mux.HandleFunc("POST "+devicePath("{id}", "primary"), p.signedIn(p.devicePrimary))
	mux.HandleFunc("GET "+devicePath("{id}", "lost"), p.signedIn(p.deviceLostAsk))
	mux.HandleFunc("POST "+devicePath("{id}", "lost"), p.signedIn(p.deviceLost))
	mux.HandleFunc("GET "+devicePath("{id}", "remove"), p.signedIn(p.deviceRemoveAsk))
	mux.HandleFunc("POST "+devicePath("{id}", "remove"), p.signedIn(p.deviceRemove))
	mux.HandleFunc("GET "+sessionsPath+"/{id}/mine", p.signedIn(p.activityConfirmBack))
	mux.HandleFunc("POST "+sessionsPath+"/{id}/mine", p.signedIn(p.activityConfirm))
	mux.HandleFunc("GET "+sessionsPath+"/{id}/not-mine", p.signedIn(p.activityDenyAsk))
	mux.HandleFunc("POST "+sessionsPath+"/{id}/not-mine", p.signedIn(p.activityDeny))
}

// addFixed adds static files, and addresses that lead elsewhere.
func (p *Pages) addFixed(mux *http.ServeMux) {
	mux.HandleFunc("GET "+staticPrefix, serveAsset)
	mux.HandleFunc("POST /theme", p.theme)
	mux.Handle("GET /{$}", http.RedirectHandler(homePath, http.StatusSeeOther))
	mux.Handle("GET "+verificationPath, http.RedirectHandler(homePath, http.StatusSeeOther)) // back from signing in
	mux.Handle("GET /profile", http.RedirectHandler(homePath, http.StatusSeeOther))
	// W3C "A Well-Known URL for Changing Passwords".
	mux.Handle("GET /.well-known/change-password", http.RedirectHandler(passwordPath, http.StatusSeeOther))
	// W3C "A Well-Known URL for Relying Party Passkey Endpoints".
	mux.HandleFunc("GET /.well-known/passkey-endpoints", p.public(p.passkeyEndpoints))
	mux.HandleFunc("/", p.public(func(*visit) error { return sallyport.ErrNotFound }))
}

// mailed adds the page that links of one kind lead to, and the act of its button.
func (p *Pages) mailed(mux *http.ServeMux, base string, show, do act) {
	mux.HandleFunc("GET "+base+"/{secret}", p.public(show))
	mux.HandleFunc("POST "+base+"/{secret}", p.public(do))
}
