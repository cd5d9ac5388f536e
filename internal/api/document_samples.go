package api

import (
	"path"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Values that many examples have.
const (
	sampleID      = "0199c0de-1815-7ada-8b1e-c0ffee000001"
	sampleTime    = "2026-11-21T12:00:00Z"
	sampleLater   = "2026-11-28T12:00:00Z"
	sampleKey     = "spk_7hGq2LzXw9RtYbN4cVmKs8DfJpQaE1uI5oZxWvB3nMk3fK9aZ"
	sampleRefresh = "spr_AZrkU5RGcNiVmz9-1yKd4Wq7hXoLpT2bNvC8uFsGjRkMeYiZaQxSwEdRfTgYhUjIkOlP0aZbXcVdNmQwErTyUg"
	sampleToken   = "sps_Nq3ZkX9cJ0vTtY1mH2sB8fLr4wPd6uEa7gIoKxQyRzC"
)

// samplePushKey is a public key, as browsers write it.
const samplePushKey = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"

// absent leaves an optional property out of the examples.
type absent struct{}

// What proves an event, as the API returns it.
const (
	sampleHash       = "RSYSf2oTlTcXEpRkSVN4ZS4yLWFtcGxlLWhhc2gtb2s="
	sampleLeaf       = `{"v":1,"id":"` + sampleID + `","tenantId":"` + sampleID + `","kind":"auth.signed_in","actorType":"user","createdAt":"2026-11-21T12:00:00Z"}`
	sampleCheckpoint = "sallyport/" + sampleID + "\n1245\n" + sampleHash + "\n\n— sallyport/" + sampleID + " sqb6PWRhdGEgb2YgYSBzaWduYXR1cmU=\n"
	sampleProof      = "c2sp.org/tlog-proof@v1\nindex 17\n" + sampleHash + "\n\n" + sampleCheckpoint
)

// samples has an example for each property of the document, by its name or, where a schema
// needs another one, by schema and name. Times, switches, numbers and values of a list follow
// from their schemas.
var samples = map[string]any{
	"avatar": prefix + "/users/" + sampleID + "/avatar?hash=9f2c4a7be01d5683aa10c4e7d2b96f38", "Me.avatar": prefix + "/me/avatar?hash=9f2c4a7be01d5683aa10c4e7d2b96f38",
	"passwordWords": []string{"quayside"},
	"email":         "ada@example.com", "firstName": "Ada", "lastName": "Lovelace", "role": "member",
	"password": "Correct-Horse-75 Pylon", "currentPassword": "Correct-Horse-75 Pylon", "newPassword": "Battery-Staple-86 Kite",
	"code": "492039", "credential": map[string]any{"id": "q83v", "rawId": "q83v", "type": "public-key", "response": map[string]any{}},
	"provider": "Northwind", "authorizationUrl": "https://idp.example.com/authorize?client_id=sallyport&state=4pQ", "form": map[string]string{"SAMLRequest": "PHNhbWw+"},
	"parameters":  map[string]string{"code": "SplxlOBeZQ", "state": "4pQ"},
	"phoneNumber": "+41791234567", "country": "CH", "deviceName": "Pixel", "hint": "•••• 67", "sentTo": "•••• 67", "ContactSent.sentTo": "ada@example.com", "browserTimeZone": "Europe/Zurich",
	"secret": "JBSWY3DPEHPK3PXP", "secretGroups": "JBSW Y3DP EHPK 3PXP", "qrCode": "data:image/png;base64,iVBORw0KGgo=",
	"uri":     "otpauth://totp/Analytical%20Engines:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Analytical%20Engines",
	"options": map[string]any{"publicKey": map[string]any{"challenge": "3q2-7w"}}, "backupCodes": []string{"k4rt-9xwm", "p7hc-2bqd"},
	"token": sampleToken, "accessToken": "spa_" + sampleToken[4:], "refreshToken": sampleRefresh, "flowToken": "spf_" + sampleToken[4:], "deviceToken": "spd_" + sampleToken[4:],

	"deviceType": "desktop", "browser": "Firefox", "browserVersion": "143", "os": "Linux", "osVersion": "6.12", "model": "Pixel 9",
	"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "ipAddress": "203.0.113.42",
	"screenResolution": "2560x1440", "timezone": "Europe/Zurich", "timeZone": "Europe/Zurich", "language": "en-GB", "platform": "Linux x86_64",
	"hardwareConcurrency": 8, "deviceMemory": 8.0, "city": "Zürich", "region": "Zürich", "latitude": 47.37, "longitude": 8.54, "accuracyKm": 20,
	"terminatedBy": absent{}, "terminatedAt": absent{}, "terminationReason": absent{}, "endedAt": absent{}, "endedReason": absent{},
	"disabledAt": absent{}, "compromisedAt": absent{}, "compromisedBy": absent{}, "compromisedReason": absent{}, "failureReason": absent{},
	"trustReason": "trusted_at_sign_in", "reason": "Left in a taxi", "weight": 20, "score": 20, "signal": "new_device", "trustLevel": 2,
	"text": "This device was not used before.", "kind": "auth.signed_in", "data": map[string]string{"method": "totp", "client": "web"},
	"name": "Analytical Engines", "sessionId": sampleID, "nextCursor": nil, "contacts": []string{"owner@example.com"},
	"title": "Conflict", "detail": "See obstacle for what stands in the way.", "status": 409, "expiresAt": sampleLater,
	"withinSeconds": 600, "version": 5, "field": "lockoutFailures", "old": "5", "new": "6", "means": "Fewest characters of a password.", "min": 8, "max": 64,
	"presets": map[string]any{"default": 12, "strict": 12, "balanced": 8, "managed": 12, "aal2": 12}, "active": true, "successful": true, "allowed": true,

	"description": "Looks after people.", "permissions": []string{"users.manage", "users.view"}, "permission": "users.view", "list": "Ada Lovelace <ada@example.com>\nalan@example.com,Alan,Turing,member",
	"roleName": absent{}, "mfaExemptUntil": absent{}, "mfaExemptReason": absent{}, "sameAs": absent{}, "outcome": "invited", "proof": "password", "secondFactor": "strong",
	"networks": []string{"192.0.2.0/24"}, "ownedBy": "admin", "revokedBy": absent{}, "revokedAt": absent{}, "revokedReason": absent{}, "lastUsedIpAddress": "192.0.2.7",
	"ApiKey.hint": "3fK9aZ", "HeldApiKey.hint": "3fK9aZ", "NewApiKey.hint": "3fK9aZ", "OauthClient.hint": "3fK9aZ", "NewOauthClient.hint": "3fK9aZ",
	"NewApiKey.secret": sampleKey, "NewOauthClient.secret": "spc_" + sampleKey[4:], "service": false,
	"ApiKey.name": "Nightly backup", "HeldApiKey.name": "Nightly backup", "NewApiKey.name": "Nightly backup", "ApiKeyRequest.name": "Nightly backup",
	"ServiceAccount.name": "Backups", "ServiceAccountRequest.name": "Backups", "OauthClient.name": "Shop", "NewOauthClient.name": "Shop", "OauthClientRequest.name": "Shop",
	"Role.name": "Help desk", "RoleRequest.name": "Help desk", "Group.name": "Engines", "GroupRequest.name": "Engines", "Permission.means": "See people.",
	"AccountLock.methodType": absent{}, "Invitee.errors": absent{}, "User.role": "member", "Person.status": "active", "userIds": []string{sampleID}, "lacks": []string{"mfa.view"},

	"PushSubscriptionRequest.endpoint": "https://push.example.com/send/dGhlLWJyb3dzZXI", "auth": "BTBZMqHH6r4Tts7J_aSIgg", "Push.publicKey": samplePushKey, "p256dh": samplePushKey,
	"topic": "sign_ins", "channel": "push", "fixed": false, "wanted": true, "value": "Firefox on Linux", "NotificationTopic.means": "Sign-ins on new devices, and those that were refused as unusual.",
	"ApproveRequest.number": "47", "Challenge.number": absent{}, "Approval.act": absent{},
	"Push.reason": absent{}, "expirationTime": nil, "PushBrowser.service": "push.example.com", "lastStatus": 201,

	"AppRule.path": "/admin/*", "App.address": "https://wiki.example.com", "AppRequest.address": "https://wiki.example.com", "App.name": "Wiki", "AppRequest.name": "Wiki", "AppRule.public": false,
	"AppRule.roles": []string{"admin"}, "AppRule.groups": absent{}, "AppRule.permissions": absent{}, "AppSession.token": "spp_" + sampleToken[4:], "AppSessionRequest.code": "spo_" + sampleToken[4:],
	"WebhookRequest.address": "https://payroll.example.com/hooks/sallyport", "WebhookChange.address": absent{}, "Webhook.host": "payroll.example.com", "Webhook.hint": "port", "NewWebhook.host": "payroll.example.com", "NewWebhook.hint": "port",
	"Webhook.name": "Payroll", "NewWebhook.name": "Payroll", "WebhookRequest.name": "Payroll", "WebhookChange.name": "Payroll", "Webhook.kinds": []string{"devices", "auth.signed_in"}, "NewWebhook.kinds": []string{"devices", "auth.signed_in"},
	"WebhookRequest.kinds": []string{"devices", "auth.signed_in"}, "WebhookChange.kinds": []string{"devices"}, "Webhook.offAt": absent{}, "NewWebhook.offAt": absent{}, "Webhook.failingSince": absent{}, "NewWebhook.failingSince": absent{},
	"Webhook.nextTryAt": absent{}, "NewWebhook.nextTryAt": absent{}, "NewWebhook.secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", "WebhookAnswer.outcome": "taken", "WebhookAnswer.status": 200, "WebhookAnswer.said": "ok",
	"WebhookDelivery.type": "auth.signed_in", "WebhookDeliverySent.body": `{"type":"auth.signed_in","timestamp":"2026-11-21T12:58:00Z","data":{}}`,

	"AlertChannelRequest.address": "https://hooks.slack.com/services/T0000/B0000/c2VjcmV0", "AlertChannelChange.address": absent{}, "AlertChannel.host": "hooks.slack.com", "AlertChannel.hint": "cmV0",
	"AlertChannel.name": "#security", "AlertChannelRequest.name": "#security", "AlertChannelChange.name": "#security", "AlertChannel.offAt": absent{}, "AlertChannel.failingSince": absent{}, "AlertChannel.failed": 0,
	"AlertAnswer.outcome": "gone", "AlertAnswer.status": 404, "AlertAnswer.said": "no_service",

	"preset": "keycloak", "use": "organisation", "provision": "domains", "protocol": "openid", "issuer": "https://login.example.com/realms/staff", "clientId": "sallyport", "IdentityProvider.auth": absent{},
	"IdentityProviderRequest.auth": absent{}, "IdentityProviderChange.auth": absent{}, "scopes": []string{"openid", "email", "profile"}, "claims": map[string]any{"groups": "groups"}, "teamId": absent{}, "keyId": absent{},
	"IdentityProvider.metadata": absent{}, "IdentityProviderRequest.metadata": absent{}, "IdentityProviderChange.metadata": absent{}, "IdentityProvider.entityId": absent{}, "IdentityProviderRequest.entityId": absent{},
	"IdentityProviderChange.entityId": absent{}, "emailAttribute": absent{}, "nameAttribute": absent{}, "groupsAttribute": absent{}, "subjectAttribute": absent{}, "anyNameId": absent{}, "startsThere": absent{},
	"IdentityProvider.name": "Example Corp", "IdentityProviderRequest.name": "Example Corp", "IdentityProviderChange.name": "Example Corp", "IdentityProviderRequest.secret": "a secret of the provider",
	"IdentityProviderChange.secret": absent{}, "IdentityProviderRequest.key": absent{}, "IdentityProviderChange.key": absent{}, "vouches": []string{"amr:mfa"}, "ProviderMatch.attribute": absent{},
	"ProviderMatch.value": "staff", "ProviderRoleRule.attribute": absent{}, "ProviderRoleRule.value": "helpdesk", "IdentityProvider.createdBy": sampleID,
	"callbackUrl": "https://accounts.example.com/sso/" + sampleID + "/callback", "ourEntityId": "https://accounts.example.com/sso/" + sampleID, "logoutUrl": "https://accounts.example.com/sso/" + sampleID + "/logout",
	"address": "https://idp.example.com/metadata", "ProviderMetadata.metadata": "<EntityDescriptor/>", "ProviderMetadata.entityId": "https://idp.example.com", "ProviderMetadataNote.code": "no_logout", "ProviderMetadataNote.detail": absent{},
	"domain": "example.com", "recordName": "_sallyport-challenge.example.com", "recordValue": "sallyport-domain=Yb0m1xk2Q3bZ9n5wq7d8e6fGhJkLmNoPqRsTuVwXyZ0",

	"leaf": sampleLeaf, "personal": `{"salt":"c2l4dGVlbiBieXRlcyE0Ng==","ipAddress":"203.0.113.42"}`, "EventProof.proof": sampleProof,
	"checkpoint": sampleCheckpoint, "hashes": []string{sampleHash}, "verifier": "sallyport/" + sampleID + "+b2a6fa3d+AVlTcNl5gJCqWVgnVxUuCeLPoSAxpySTUhnQRjShWwt8",
	"LogKey.id": "6f1d3c0a5b7e9d24", "ExportRequest.filter": map[string]any{"kind": []string{"auth.signed_in"}},

	"Logo.path": "/logo/5f0e1cb7a1d0a2c4f2b8d6e1907c3a55", "Logo.width": 240, "Logo.height": 60, "accent": "#3d4fd1", "signInText": "Lost your phone? Call 1234.", "helpUrl": "https://help.example.com/", "privacyUrl": "https://www.example.com/privacy",
	"imprintUrl": "https://www.example.com/imprint", "securityContact": "mailto:security@example.com", "AccentUsed.changes": []any{}, "AccentChange.from": "#ffee00", "AccentChange.to": "#7a7100",
	"button": "#3d4fd1", "hover": "#2d3cbd", "onButton": "#ffffff", "AccentScheme.text": "#3d4fd1", "control": "#3d4fd1", "tint": "#eef0fd", "OrganisationRead.accent": "#3d4fd1",

	"network": "192.0.2.0/24", "createdBy": "operator", "block": absent{}, "NetworkBlock.reason": "Guesses passwords", "BlockNetworkRequest.reason": "Guesses passwords",
	"Device.name": "Work laptop", "TrustedDevice.name": "Old tablet", "RenameDeviceRequest.name": "Work laptop", "PolicyField.name": "passwordMinLength",
	"PolicyField.options": absent{}, "Event.targetId": absent{}, "Lockdown.beyond": []any{}, "ProblemDescription.code": "conflict",
	"Me.language": "de", "ChangeMeRequest.language": "de", "User.status": "active", "Me.status": "active", "Session.status": "active", "Device.status": "active", "SecondFactor.status": "active",
	"SecondFactor.phoneNumber": absent{}, "SecondFactor.email": absent{}, "DeviceInfo.type": "desktop", "DeviceInfo.model": absent{}, "DeviceInfo.bot": absent{},
	"NewSecondFactorRequest.phoneNumber": absent{}, "NewSecondFactorRequest.country": absent{}, "SecondFactorSetUp.options": absent{}, "SecondFactorSetUp.sentTo": absent{},
	"ProveSecondFactorRequest.credential": absent{}, "SecondFactorProofRequest.credential": absent{}, "SecondFactorVerified.token": absent{},
	"Challenge.options": absent{}, "Challenge.methodType": "sms", "AskSecondFactorRequest.methodType": "sms", "SignInMethod.hint": absent{}, "SignInMethod.backupCodesRemaining": absent{},
	"SignInStepPassword.challenge": absent{}, "SignInStepPassword.methods": absent{}, "SignInStepPassword.hasPassword": absent{},
	"SignInStepFactor.challenge": absent{}, "SignInStepFactor.enrolNext": absent{}, "SignInStepDevice.devices": absent{}, "SignInStepDevice.backupCodes": absent{},
	"SignInStepDevice.backupCodesRemaining": absent{}, "SignInStepEnrol.backupCodesRemaining": absent{}, "SignInStepChangePassword.backupCodes": absent{}, "SignInStepChangePassword.backupCodesRemaining": absent{},
	"SignInStepDone.backupCodes": absent{}, "SignInStepDone.backupCodesRemaining": absent{}, "DeviceAnswerRequest.giveUp": absent{},
	"audience": "none", "after": absent{}, "Reminded.next": nil, "sent": 12, "skipped": 3, "day": "2026-11-20", "users": 40, "strong": 25, "weak": 8, "none": 7, "required": 2,
	"byMethod": map[string]int{"totp": 18, "webauthn": 14, "sms": 9}, "SecondFactorList.exemptUntil": absent{}, "ExemptRequest.reason": "Lost phone", "until": sampleLater,
	"allowedMethods": []string{"webauthn", "totp"}, "LoginAttempt.answer": absent{}, "trust": true, "SignInRequest.client": "native",
	"SecondFactorList.mfaEnabled": true, "Me.emailVerified": true, "act": "add_factor", "deviceInfo": nil,
	"action": "revoke", "ids": absent{}, "filter": map[string]any{"status": []string{"active"}, "ip": "203.0.113.0/24"}, "expectedCount": 4210, "count": 4210, "total": 4210, "done": 4198,
	"failed": 0, "BulkJob.status": "finished", "stopReason": absent{}, "leftBecause": "forbidden",
	"takenBack": []any{}, "others": []any{}, "beyond": []any{}, "PolicyChangeRequest.mfaMethods": []string{"totp", "webauthn"},
	"GroupPolicyChangeRequest.mfaMethods": []string{"totp", "webauthn"}, "PolicyFieldValues.mfaMethods": []string{"totp", "webauthn"}, "savedBy": sampleID, "savedByName": "Ada Lovelace",
	"groupName": "Engines", "GroupPolicy.name": "Engines", "nextAfter": sampleID, "PolicyVersion.reason": "Agreed with the board", "PolicyPreview.status": "finished", "why": "next_password",
	"PolicyPreview.groupId": absent{}, "PolicyPreviewRequest.groupId": absent{}, "PolicyPreviewRequest.preset": absent{}, "PolicyPreviewRequest.restore": absent{}, "UnknownEffect.count": absent{},
	"PolicyPreviewRequest.fields": map[string]any{"mfaEnforced": "everyone"}, "UnknownEffect.field": "passwordMinLength", "LockOut.name": "Ada Lovelace", "people": 12, "times": 40, "effect": "enrols",
}

// addSamples adds an example to every body of the document that is no problem.
func addSamples(doc *huma.OpenAPI) {
	for op := range operationsOf(doc) {
		if op.RequestBody != nil {
			if body := op.RequestBody.Content["application/json"]; body != nil { // not of a file
				body.Example = sampleOf(doc, "", "", body.Schema)
			}
		}
		for status, r := range op.Responses {
			if body := r.Content["application/json"]; body != nil && status < "400" {
				sampleAnswer(doc, op, body)
			}
		}
	}
}

// sampleAnswer adds an example to the body of an answer, or one for each of its variants.
func sampleAnswer(doc *huma.OpenAPI, op *huma.Operation, body *huma.MediaType) {
	s := resolve(doc, body.Schema)
	if s.OneOf == nil {
		body.Example = sampleOf(doc, "", "", body.Schema)
		return
	}
	body.Examples = map[string]*huma.Example{}
	for next, ref := range s.Discriminator.Mapping {
		if strings.HasPrefix(op.Path, "/step-up") && next != "password" && next != "factor" && next != "done" {
			continue // a step-up has no such step
		}
		variant := &huma.Schema{Ref: ref}
		body.Examples[next] = &huma.Example{Summary: resolve(doc, variant).Description, Value: sampleOf(doc, "", "", variant)}
	}
}

func resolve(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s.Ref != "" {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// sampleOf returns an example of a value. of and name say whose property it is.
func sampleOf(doc *huma.OpenAPI, of, name string, s *huma.Schema) any {
	if v, ok := samples[of+"."+name]; ok {
		return v
	}
	if v, ok := samples[name]; ok && fits(resolve(doc, s), v) {
		return v
	}
	if s.Ref != "" {
		of, s = path.Base(s.Ref), resolve(doc, s)
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "date-time":
		return sampleTime
	}
	switch s.Type {
	case huma.TypeObject:
		return sampleObject(doc, of, s)
	case huma.TypeArray:
		return []any{sampleOf(doc, of, "", s.Items)}
	case huma.TypeBoolean:
		return false
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	}
	if strings.HasSuffix(name, "Id") || name == "id" || name == "giveUp" {
		return sampleID
	}
	return ""
}

func sampleObject(doc *huma.OpenAPI, of string, s *huma.Schema) any {
	out := map[string]any{}
	for name, inner := range s.Properties {
		if v := sampleOf(doc, of, name, inner); v != (absent{}) {
			out[name] = v
		}
	}
	return out
}

// fits reports whether a sample by name alone is of the type of a schema: names such as code
// and version mean a text here and a number there.
func fits(s *huma.Schema, v any) bool {
	switch v.(type) {
	case absent:
		return true
	case string:
		return s.Type == huma.TypeString && (len(s.Enum) == 0 || slices.Contains(s.Enum, v))
	case int, float64:
		return s.Type == huma.TypeInteger || s.Type == huma.TypeNumber
	case bool:
		return s.Type == huma.TypeBoolean
	case []string, []any:
		return s.Type == huma.TypeArray
	case nil:
		return s.Nullable
	}
	return s.Type == huma.TypeObject
}
