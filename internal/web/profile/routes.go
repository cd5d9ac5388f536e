package profile

import (
	"slices"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notice"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/push"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// What the acts of this room need besides a session, as their uses do.
var (
	own            = act.Need{}
	changePassword = act.Need{StepUp: policy.ChangePassword}
	changeDetails  = account.NeedDetails
	changeEmail    = contact.NeedEmail
	changePhone    = contact.NeedPhone
	exportData     = owndata.NeedCopy
	deleteAccount  = account.NeedDelete
	keepAccount    = account.NeedKeep
	addFactor      = act.Need{StepUp: policy.AddFactor}
	removeFactor   = act.Need{StepUp: policy.RemoveFactor}
	makeCodes      = act.Need{StepUp: policy.BackupCodes}
	trustDevice    = act.Need{StepUp: policy.ManageDevices}
	lockDown       = act.Need{StepUp: policy.Lockdown}
	endDevice      = act.Need{StepUp: policy.EndDevice}
	endSessions    = session.NeedOthers
	harmless       = act.Need{Exempt: policy.Harmless}
)

// named is the field of a name, as what is kept of a form.
var named = []string{"name"}

// Routes is the table of this room.
func (p *Pages) Routes() []kit.Route {
	return slices.Concat(p.general(), p.avatars(), p.security(), p.approvals(), p.notifications(), p.sessions(), p.twoFactor(), p.devices(), p.keys(), p.linked())
}

// general is what people say of themselves, and how they are reached.
func (p *Pages) general() []kit.Route {
	return slices.Concat(
		[]kit.Route{
			{
				Pattern: "GET " + kit.GeneralPath, Guard: kit.SignedIn, Need: own, Do: p.generalShow,
				Entry: kit.Entry{Section: kit.Profile, Words: "nav.general", Icon: "user"},
			},
			{Pattern: "POST " + kit.GeneralPath, Guard: kit.SignedIn, Need: changeDetails, Keeps: detailsKept, Do: p.detailsSave},
			{Pattern: "GET " + generalSessionsPath, Guard: kit.SignedIn, Need: own, Do: p.generalSessions},
			{Pattern: "GET " + dataPath, Guard: kit.SignedIn, Need: own, Do: p.dataShow},
			{Pattern: "GET " + dataKeepPath, Guard: kit.Bare, Need: own, Do: kit.RedirectTo(dataPath)}, // back from signing in
			{Pattern: "POST " + dataKeepPath, Guard: kit.SignedIn, Need: keepAccount, Do: p.deleteCancel},
		},
		p.Form(kit.Form{Path: emailPath, Need: changeEmail, Keeps: []string{"email"}, Fill: p.emailForm, Do: p.emailAsk}),
		p.Form(kit.Form{Path: emailCodePath, Need: changeEmail, Fill: p.emailCodeForm, Do: p.emailConfirm}),
		p.Form(kit.Form{Path: phonePath, Need: changePhone, Keeps: kit.EnrolPhoneKept, Fill: p.phoneForm, Do: p.phoneAsk}),
		p.Form(kit.Form{Path: phoneCodePath, Need: changePhone, Fill: p.phoneCodeForm, Do: p.phoneConfirm}),
		p.Confirm(kit.Confirm{Path: phoneRemovePath, Need: changePhone, Ask: p.phoneRemoveAsk, Do: p.phoneRemove}),
		p.Confirm(kit.Confirm{Path: dataHTMLPath, Need: exportData, Ask: p.copyAsk(dataHTMLPath, "ownData.askHTML"), Do: p.copySend(owndata.HTML)}),
		p.Confirm(kit.Confirm{Path: dataJSONPath, Need: exportData, Ask: p.copyAsk(dataJSONPath, "ownData.askJSON"), Do: p.copySend(owndata.JSON)}),
		p.Confirm(kit.Confirm{Path: dataDeletePath, Need: deleteAccount, Ask: p.deleteAsk, Do: p.deleteRequest}),
	)
}

// security is the page of one's own account, with its password and its activity.
func (p *Pages) security() []kit.Route {
	return []kit.Route{
		{
			Pattern: "GET " + kit.HomePath, Guard: kit.SignedIn, Need: own, Do: p.securityShow,
			Entry: kit.Entry{Section: kit.Profile, Words: "nav.security", Icon: "shield-lock"},
		},
		{Pattern: "GET " + kit.PasswordPath, Guard: kit.SignedIn, Need: own, Do: p.securityShow},
		{Pattern: "POST " + kit.PasswordPath, Guard: kit.SignedIn, Need: changePassword, Do: p.passwordChange},
		{Pattern: "GET " + verificationPath, Guard: kit.Bare, Need: own, Do: kit.RedirectTo(kit.HomePath)}, // back from signing in
		{Pattern: "POST " + verificationPath, Guard: kit.SignedIn, Need: harmless, Do: p.verifyAsk},
		{Pattern: "GET " + activityPath, Guard: kit.SignedIn, Need: own, Do: p.activityList},
		{Pattern: "GET " + lockdownPath, Guard: kit.SignedIn, Need: lockDown, Do: p.lockdownAsk},
		{Pattern: "POST " + lockdownPath, Guard: kit.SignedIn, Need: lockDown, Keeps: []string{"session"}, Do: p.lockdown},
		// Where people look for it who know another service.
		{Pattern: "GET /settings/security", Guard: kit.Bare, Need: own, Do: kit.RedirectTo(kit.HomePath)},
		// W3C "A Well-Known URL for Changing Passwords".
		{Pattern: "GET /.well-known/change-password", Guard: kit.Bare, Do: kit.RedirectTo(kit.PasswordPath)},
		// W3C "A Well-Known URL for Relying Party Passkey Endpoints".
		{Pattern: "GET /.well-known/passkey-endpoints", Guard: kit.Public, Do: p.passkeyEndpoints},
	}
}

// approvals are what other browsers of one's own, or of somebody with the password, ask for.
func (p *Pages) approvals() []kit.Route {
	one := mfa.ApprovalPath + "{id}"
	return []kit.Route{
		{Pattern: "GET " + approvePath, Guard: kit.SignedIn, Need: own, Do: p.approveAny},
		{Pattern: "GET " + one, Guard: kit.SignedIn, Need: own, Do: p.approveShow},
		{Pattern: "POST " + one, Guard: kit.SignedIn, Need: mfa.NeedAnswer, Do: p.approve},
		{Pattern: "GET " + one + "/deny", Guard: kit.SignedIn, Need: own, Do: p.approveShow}, // back from signing in
		{Pattern: "POST " + one + "/deny", Guard: kit.SignedIn, Need: mfa.NeedAnswer, Do: p.approveDeny},
	}
}

// notifications are what one is told of, and the bell.
func (p *Pages) notifications() []kit.Route {
	return []kit.Route{
		{
			Pattern: "GET " + kit.NotificationsPath, Guard: kit.SignedIn, Need: own, Do: p.notificationsShow,
			Entry: kit.Entry{Section: kit.Profile, Words: "nav.notifications", Icon: "bell"},
		},
		{Pattern: "POST " + kit.NotificationsPath, Guard: kit.SignedIn, Need: notice.NeedChoose, Do: p.notificationsSave},
		{Pattern: "GET " + pushPath, Guard: kit.Bare, Need: own, Do: kit.RedirectTo(kit.NotificationsPath)},                      // back from signing in
		{Pattern: "GET " + pushPath + "/{id}/remove", Guard: kit.SignedIn, Need: own, Do: kit.RedirectTo(kit.NotificationsPath)}, // the same
		{Pattern: "POST " + pushPath, Guard: kit.SignedIn, Need: push.NeedOwn, Do: p.pushTurnOn},
		{Pattern: "POST " + pushPath + "/{id}/remove", Guard: kit.SignedIn, Need: push.NeedOwn, Do: p.pushTurnOff},
		{Pattern: "GET " + kit.NoticesPath, Guard: kit.SignedIn, Need: own, Do: p.noticeList},
		{Pattern: "POST " + kit.NoticesPath + "/read", Guard: kit.SignedIn, Need: harmless, Do: p.noticesRead},
		{Pattern: "GET " + kit.NoticesPath + "/read", Guard: kit.Bare, Need: own, Do: kit.RedirectTo(kit.NoticesPath)}, // back from signing in
		{Pattern: "GET " + kit.AlivePath, Guard: kit.SignedIn, Need: own, Quiet: true, Do: kit.Alive},
		{Pattern: "GET " + kit.LeftPath, Guard: kit.SignedIn, Need: own, Quiet: true, Do: kit.Left},
		{Pattern: "POST " + kit.LeftPath, Guard: kit.SignedIn, Need: harmless, Do: kit.Stay},
		{Pattern: "GET " + kit.NoticesPath + "/count", Guard: kit.SignedIn, Need: own, Quiet: true, Do: p.noticeCount},
	}
}

// sessions are the acts on one's sessions.
func (p *Pages) sessions() []kit.Route {
	const one = sessionsPath + "/{id}"
	return slices.Concat(
		p.Confirm(kit.Confirm{Path: one + "/revoke", Need: endSessions, Ask: p.sessionRevokeAsk, Do: p.sessionRevoke}),
		p.Confirm(kit.Confirm{Path: sessionsPath + "/revoke-others", Need: endSessions, Ask: p.sessionRevokeOthersAsk, Do: p.sessionRevokeOthers}),
		p.Confirm(kit.Confirm{Path: sessionsPath + "/revoke-all", Need: endSessions, Ask: p.sessionRevokeAllAsk, Do: p.sessionRevokeAll}),
		p.Confirm(kit.Confirm{Path: one + "/not-mine", Need: endDevice, Ask: p.activityDenyAsk, Do: p.activityDeny}),
		[]kit.Route{
			{Pattern: "GET " + one, Guard: kit.SignedIn, Need: own, Do: sessionFind},
			{Pattern: "GET " + one + "/mine", Guard: kit.SignedIn, Need: own, Do: kit.RedirectTo(sessionsSection)}, // back from signing in
			{Pattern: "POST " + one + "/mine", Guard: kit.SignedIn, Need: trustDevice, Do: p.activityConfirm},
		},
	)
}

// twoFactor are the acts on one's second factors.
func (p *Pages) twoFactor() []kit.Route {
	return slices.Concat(
		[]kit.Route{
			{Pattern: "GET " + kit.AddFactorPath, Guard: kit.SignedIn, Need: addFactor, Do: p.factorAddAsk},
			{Pattern: "POST " + kit.AddFactorPath, Guard: kit.SignedIn, Need: addFactor, Do: p.factorBegin},
			{Pattern: "GET " + addPhonePath, Guard: kit.SignedIn, Need: addFactor, Do: p.factorPhoneAsk},
			{Pattern: "POST " + addPhonePath, Guard: kit.SignedIn, Need: addFactor, Keeps: kit.EnrolPhoneKept, Do: p.factorPhoneBegin},
			{Pattern: "GET " + kit.AddFactorPath + "/{id}", Guard: kit.SignedIn, Need: addFactor, Do: p.factorVerifyAsk},
			{Pattern: "POST " + kit.AddFactorPath + "/{id}", Guard: kit.SignedIn, Need: addFactor, Keeps: kit.EnrolNameKept, Do: p.factorVerify},
			{Pattern: "GET " + kit.AddFactorPath + "/{id}/again", Guard: kit.SignedIn, Need: addFactor, Do: p.factorAgainAsk},
			{Pattern: "POST " + kit.AddFactorPath + "/{id}/again", Guard: kit.SignedIn, Need: addFactor, Do: p.factorAgain},
			{Pattern: "POST " + kit.CodesSavedPath, Guard: kit.SignedIn, Need: harmless, Do: p.backupCodesSaved},
		},
		p.Form(kit.Form{Path: methodPath("{id}", "rename"), Need: harmless, Keeps: named, Fill: p.factorNameForm, Do: p.factorRename}),
		p.Confirm(kit.Confirm{Path: methodPath("{id}", "remove"), Need: removeFactor, Ask: p.factorRemoveAsk, Do: p.factorRemove}),
		p.Confirm(kit.Confirm{Path: kit.NewCodesPath, Need: makeCodes, Ask: p.backupCodesAsk, Do: p.backupCodesMake}),
		p.Confirm(kit.Confirm{Path: disableFactorsPath, Need: removeFactor, Ask: p.twoFactorDisableAsk, Do: p.twoFactorDisable}),
	)
}

// avatars are one's picture, and the pictures of people as pages show them.
func (p *Pages) avatars() []kit.Route {
	return slices.Concat(
		[]kit.Route{
			{Pattern: "GET " + avatarPath, Guard: kit.SignedIn, Need: own, Do: p.avatarShow},
			{Pattern: "POST " + avatarPath, Guard: kit.SignedIn, Need: harmless, Picture: true, Do: p.avatarSet},
			{Pattern: "GET " + kit.AvatarsPath + "/{user}/{hash}/{size}", Guard: kit.SignedIn, Need: own, Quiet: true, Do: p.avatarImage},
		},
		p.Confirm(kit.Confirm{Path: avatarPath + "/remove", Need: harmless, Ask: p.avatarRemoveAsk, Do: p.avatarRemove}),
	)
}

// devices are one's devices, and the acts on them.
func (p *Pages) devices() []kit.Route {
	return slices.Concat(
		[]kit.Route{{Pattern: "GET " + kit.DevicesPath, Guard: kit.SignedIn, Need: own, Do: p.devicesList}},
		p.Confirm(kit.Confirm{Path: devicePath("{id}", "trust"), Need: trustDevice, Ask: p.deviceTrustAsk, Do: p.deviceTrust}),
		p.Confirm(kit.Confirm{Path: devicePath("{id}", "confirm"), Need: trustDevice, Ask: p.deviceConfirmAsk, Do: p.deviceConfirm}),
		p.Form(kit.Form{Path: devicePath("{id}", "rename"), Need: harmless, Keeps: named, Fill: p.deviceNameForm, Do: p.deviceRename}),
		p.Confirm(kit.Confirm{Path: devicePath("{id}", "primary"), Need: trustDevice, Ask: p.devicePrimaryAsk, Do: p.devicePrimary}),
		p.Confirm(kit.Confirm{Path: devicePath("{id}", "lost"), Need: endDevice, Ask: p.deviceLostAsk, Do: p.deviceLost}),
		p.Confirm(kit.Confirm{Path: devicePath("{id}", "remove"), Need: endDevice, Ask: p.deviceRemoveAsk, Do: p.deviceRemove}),
	)
}

// keys are one's API keys, and the acts on them.
func (p *Pages) keys() []kit.Route {
	return slices.Concat(
		[]kit.Route{{Pattern: "GET " + kit.APIKeysPath, Guard: kit.SignedIn, Need: own, Do: p.keyList}},
		p.Form(kit.Form{Path: kit.APIKeysPath + "/new", Need: apikey.NeedMake, Keeps: kit.KeyFields, Fill: p.keyForm, Do: p.keyMake}),
		p.Form(kit.Form{Path: keyPath("{id}", "rotate"), Need: apikey.NeedMake, Keeps: []string{"overlapHours"}, Fill: p.keyRotateForm, Do: p.keyRotate}),
		p.Confirm(kit.Confirm{Path: keyPath("{id}", "revoke"), Need: apikey.NeedRevoke, Ask: p.keyRevokeAsk, Do: p.keyRevoke}),
	)
}
