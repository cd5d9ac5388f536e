package kit

import (
	"net/http"
	"strconv"
	"strings"
)

// flashes are the messages that a redirect can carry, and whether they speak of a
// count. Only a message of this table is shown, so a planted cookie can say
// nothing else.
var flashes = map[string]bool{
	"flash.activityConfirmed":         false,
	"flash.activityDenied":            false,
	"flash.admin.alertAdded":          false,
	"flash.admin.alertChanged":        false,
	"flash.admin.alertNotTaken":       false,
	"flash.admin.alertRemoved":        false,
	"flash.admin.alertTaken":          false,
	"flash.admin.bulkCancelled":       false,
	"flash.admin.device.clear":        false,
	"flash.admin.device.flag":         false,
	"flash.admin.device.level":        false,
	"flash.admin.device.resume":       false,
	"flash.admin.device.revoke":       false,
	"flash.admin.device.suspend":      false,
	"flash.admin.device.trust":        false,
	"flash.admin.deviceTooMany":       false,
	"flash.admin.domainAdded":         false,
	"flash.admin.domainMissing":       false,
	"flash.admin.domainProven":        false,
	"flash.admin.domainRemoved":       false,
	"flash.admin.webhookChanged":      false,
	"flash.admin.webhookNotTaken":     false,
	"flash.admin.webhookRemoved":      false,
	"flash.admin.webhookReplayed":     false,
	"flash.admin.webhookRotated":      false,
	"flash.admin.webhookTaken":        false,
	"flash.admin.providerAdded":       false,
	"flash.admin.providerChanged":     false,
	"flash.admin.providerLast":        false,
	"flash.admin.providerMeanwhile":   false,
	"flash.admin.providerNoPasskey":   false,
	"flash.admin.providerOff":         false,
	"flash.admin.providerOn":          false,
	"flash.admin.providerRemoved":     false,
	"flash.admin.providersFull":       false,
	"flash.admin.exportReady":         true,
	"flash.admin.groupChanged":        false,
	"flash.admin.groupDeleted":        false,
	"flash.admin.groupMade":           false,
	"flash.admin.policySaved":         false,
	"flash.admin.policyUnchanged":     false,
	"flash.admin.hasJoined":           false,
	"flash.admin.invitationResent":    false,
	"flash.admin.invitationWithdrawn": false,
	"flash.admin.invited":             false,
	"flash.admin.lastOwner":           false,
	"flash.admin.memberAdded":         false,
	"flash.admin.memberRemoved":       false,
	"flash.admin.networkBlocked":      false,
	"flash.admin.networkUnblocked":    false,
	"flash.admin.roleChanged":         false,
	"flash.admin.roleDeleted":         false,
	"flash.dashboard.digestOff":       false,
	"flash.dashboard.digestOn":        false,
	"flash.dashboard.retried":         true,
	"flash.dashboard.reviewed":        false,
	"flash.admin.roleGiven":           false,
	"flash.admin.roleGivenEnded":      true,
	"flash.admin.roleMade":            false,
	"flash.admin.tooManyInvitations":  false,
	"flash.admin.clientDeleted":       false,
	"flash.admin.clientReplaced":      false,
	"flash.admin.serviceAdded":        false,
	"flash.admin.serviceDisabled":     false,
	"flash.admin.serviceEnabled":      false,
	"flash.admin.userDisabled":        false,
	"flash.admin.userEnabled":         false,
	"flash.admin.userGone":            false,
	"flash.notificationsSaved":        false,
	"flash.pushOff":                   false,
	"flash.pushOn":                    false,
	"flash.alreadyVerified":           false,
	"flash.accountKept":               false,
	"flash.accountLeaves":             false,
	"flash.accountStays":              false,
	"flash.avatarRemoved":             false,
	"flash.avatarSet":                 false,
	"flash.backupCodeUsed":            true,
	"flash.codesSaved":                false,
	"flash.confirmed":                 false,
	"flash.confirmedPassword":         false,
	"flash.detailsSaved":              false,
	"flash.deviceBlocked":             false,
	"flash.deviceForgotten":           false,
	"flash.admin.lookSaved":           false,
	"flash.admin.lookUnchanged":       false,
	"flash.deviceLost":                false,
	"flash.deviceMailed":              false,
	"flash.emailChanged":              false,
	"flash.phoneChanged":              false,
	"flash.phoneRemoved":              false,
	"flash.devicePrimary":             false,
	"flash.deviceRemoved":             false,
	"flash.deviceRenamed":             false,
	"flash.deviceTrusted":             false,
	"flash.deviceVerified":            false,
	"flash.emailVerified":             false,
	"flash.factorAdded":               false,
	"flash.factorRemoved":             false,
	"flash.factorRenamed":             false,
	"flash.flowExpired":               false,
	"flash.invitationAccepted":        false,
	"flash.keyOver":                   false,
	"flash.keyReplaced":               false,
	"flash.keyRevoked":                false,
	"flash.keysFull":                  false,
	"flash.linked":                    false,
	"flash.unlinked":                  false,
	"flash.lockedDown":                false,
	"flash.passwordChanged":           false,
	"flash.passwordChangedEnded":      true,
	"flash.passwordReset":             false,
	"flash.person.changed":            false,
	"flash.person.demandPassword":     false,
	"flash.person.resetPassword":      false,
	"flash.person.keepAccount":        false,
	"flash.person.endExemption":       false,
	"flash.person.exempted":           false,
	"flash.person.mailSetUp":          false,
	"flash.person.removeMethod":       false,
	"flash.person.requireMFA":         false,
	"flash.person.resetMFA":           false,
	"flash.person.resumeMethod":       false,
	"flash.person.resumeSession":      false,
	"flash.person.suspendMethod":      false,
	"flash.person.suspendSession":     false,
	"flash.person.terminateAll":       false,
	"flash.person.extendSession":      false,
	"flash.person.revokeSession":      false,
	"flash.person.terminateSession":   false,
	"flash.person.restoreEmail":       false,
	"flash.person.unlock":             false,
	"flash.person.waiveMFA":           false,
	"flash.reminded":                  true,
	"flash.sessionRevoked":            false,
	"flash.sessionsRevoked":           true,
	"flash.setUp":                     false,
	"flash.signedOut":                 false,
	"flash.signedOutEverywhere":       false,
	"flash.tooManyMails":              false,
	"flash.twoFactorOff":              false,
	"flash.unlocked":                  false,
	"flash.verificationSent":          false,
}

// flashNotices are the messages that somebody has to have read before going on,
// with what they mean. A card shows them in the page: a toast goes.
var flashNotices = map[string]string{
	"flash.confirmedPassword":  "flash.confirmedPasswordText",
	"flash.deviceForgotten":    "flash.deviceForgottenText",
	"flash.emailVerified":      "flash.emailVerifiedText",
	"flash.flowExpired":        "flash.flowExpiredText",
	"flash.invitationAccepted": "flash.invitationAcceptedText",
	"flash.activityDenied":     "flash.activityDeniedText",
	"flash.passwordReset":      "flash.passwordResetText",
	"flash.unlocked":           "flash.unlockedText",
}

// Flash leaves a message for the next page. count is for messages that have one.
func (v *Visit) Flash(id string, count int) {
	http.SetCookie(v.W, &http.Cookie{
		Name: flashCookie, Value: id + "-" + strconv.Itoa(count), Path: "/", MaxAge: 60,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// TakeFlash returns the message that was left and its id, once.
func (v *Visit) TakeFlash() (id, said string) {
	c, err := v.R.Cookie(flashCookie)
	if err != nil || v.flashed {
		return "", ""
	}
	v.flashed = true
	http.SetCookie(v.W, &http.Cookie{Name: flashCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	id, number, _ := strings.Cut(c.Value, "-")
	count, err := strconv.Atoi(number)
	counted, known := flashes[id]
	switch {
	case err != nil || !known:
		return "", ""
	case counted:
		return id, v.N(id, count)
	}
	return id, v.T(id)
}

// KeepFlash leaves the message that was left for a later page.
func (v *Visit) KeepFlash() { v.flashed = true }

// TakeNotice returns the message that was left, once: as a notice when it is one
// to be read, and as a flash otherwise.
func (v *Visit) TakeNotice() (*Notice, string) {
	id, said := v.TakeFlash()
	if n := NoticeOf(v.Speaker, id, said); n != nil {
		return n, ""
	}
	return nil, said
}

// NoticeOf returns a message as a notice, or nil when it is none to be read.
func NoticeOf(s Speaker, id, said string) *Notice {
	text, ok := flashNotices[id]
	switch {
	case !ok:
		return nil
	case id == "flash.flowExpired":
		return &Notice{Tone: "warning", Icon: "clock", Title: said, Text: s.T(text)}
	}
	return &Notice{Tone: "success", Icon: "circle-check", Title: said, Text: s.T(text)}
}
