package server_test

import "github.com/sallyport/sallyport/internal/web/kit"

// probe is how somebody who has proven nothing asks at a route about an account.
type probe struct {
	flow    bool           // with the token of a sign-in that was opened for the address
	passkey bool           // with the token of one that waits for a passkey
	form    map[string]any // what is sent, "EMAIL", "PASSKEY" and "LINK" replaced; JSON for the API
}

const wrong = "Not the right 1"

// newPassword is the form behind a mailed link.
var newPassword = map[string]any{"newPassword": "Brave new pillars 43", "confirmPassword": "Brave new pillars 43"}

// probes is the table of all routes that anybody reaches without proof.
var probes = map[string]probe{
	"GET /":                               {},
	"GET /{$}":                            {},
	"GET /profile":                        {},
	"GET /api/v1/problems/{code}":         {},
	"GET " + kit.StaticPrefix:             {},
	"GET /.well-known/change-password":    {},
	"GET /settings/security":              {},
	"GET /.well-known/passkey-endpoints":  {},
	"GET /.well-known/security.txt":       {},
	"GET /logo/{hash}":                    {},
	"GET /icon.png":                       {},
	"GET /manifest.webmanifest":           {},
	"GET /worker.js":                      {},
	"GET /notifications/read":             {},
	"GET /profile/notifications/browsers": {},
	"GET /look/{sheet}":                   {},
	"GET /settings/look/preview":          {},
	"GET /profile/security/verification":  {},
	"GET /profile/general/data/keep":      {},
	"POST /theme":                         {},
	"POST /language":                      {form: map[string]any{"language": "de"}},
	"GET /help":                           {},
	"GET /help/{page}":                    {},
	"GET /setup/{secret}":                 {},
	"GET /setup/link/{of}":                {},
	"POST /setup/link/{of}":               {form: map[string]any{"email": "EMAIL", "password": wrong}},

	"GET /sign-in":                        {flow: true},
	"POST /sign-in":                       {form: map[string]any{"email": "EMAIL", "password": wrong}},
	"POST /sign-in/passkey":               {passkey: true, form: map[string]any{"passkey": "PASSKEY"}},
	"POST /sign-in/passkey/options":       {},
	"POST /sign-in/forget-device":         {flow: true},
	"POST /sign-out":                      {flow: true},
	"GET /settings/team/invite/list/send": {}, // leads to the page of the list
	"GET /recovery/sent":                  {},
	"GET /recovery":                       {flow: true},
	"POST /recovery":                      {form: map[string]any{"email": "EMAIL"}},

	"GET /sign-in/factor":        {flow: true},
	"POST /sign-in/factor":       {flow: true, form: map[string]any{"method": "totp", "code": "123456"}},
	"GET /sign-in/factor/state":  {flow: true},
	"POST /sign-in/factor/send":  {flow: true, form: map[string]any{"method": "webauthn"}},
	"GET /sign-in/new-password":  {flow: true},
	"POST /sign-in/new-password": {flow: true, form: newPassword},
	"GET /sign-in/device":        {flow: true},
	"POST /sign-in/device":       {flow: true, form: map[string]any{"trust": "yes"}},
	"GET /sign-in/enrol":         {flow: true},
	"POST /sign-in/enrol":        {flow: true, form: map[string]any{"method": "totp"}},
	"GET /sign-in/enrol/sms":     {flow: true},
	"POST /sign-in/enrol/sms":    {flow: true, form: map[string]any{"country": "CH", "phoneNumber": "0790000000"}},
	"GET /sign-in/enrol/set-up":  {flow: true},
	"POST /sign-in/enrol/set-up": {flow: true, form: map[string]any{"code": "123456"}},
	"POST /sign-in/enrol/again":  {flow: true, form: map[string]any{"method": "totp"}},
	"POST /sign-in/enrol/saved":  {flow: true},

	"GET /recovery/{secret}":       {},
	"GET /recovery/link/{of}":      {},
	"POST /recovery/link/{of}":     {form: newPassword},
	"GET /verify-email/{secret}":   {},
	"GET /verify-email/link/{of}":  {},
	"POST /verify-email/link/{of}": {},
	"GET /invitation/{secret}":     {},
	"GET /invitation/link/{of}":    {},
	"POST /invitation/link/{of}":   {form: map[string]any{"password": wrong, "confirmPassword": wrong}},
	"GET /unlock/{secret}":         {},
	"GET /unlock/link/{of}":        {},
	"POST /unlock/link/{of}":       {},
	"GET /not-me/{secret}":         {},
	"GET /reopen/{secret}":         {},
	"GET /reopen/link/{of}":        {},
	"POST /reopen/link/{of}":       {},
	"GET /undo-email/{secret}":     {},
	"GET /undo-email/link/{of}":    {},
	"POST /undo-email/link/{of}":   {},
	"GET /not-me/link/{of}":        {},
	"POST /not-me/link/{of}":       {},
	"GET /trust-device/{secret}":   {},
	"GET /trust-device/link/{of}":  {},
	"POST /trust-device/link/{of}": {},
	"GET /it-was-me/{secret}":      {},
	"GET /it-was-me/link/{of}":     {},
	"POST /it-was-me/link/{of}":    {},

	"POST /api/v1/sign-in":                          {form: map[string]any{"email": "EMAIL", "client": "native"}},
	"GET /api/v1/sign-in/{flowId}":                  {flow: true},
	"POST /api/v1/sign-in/{flowId}/password":        {flow: true, form: map[string]any{"password": wrong}},
	"POST /api/v1/sign-in/{flowId}/change-password": {flow: true, form: map[string]any{"newPassword": "Brave new pillars 43"}},
	"POST /api/v1/sign-in/{flowId}/factor":          {flow: true, form: map[string]any{"methodType": "totp", "code": "123456"}},
	"POST /api/v1/sign-in/{flowId}/factor/send":     {flow: true, form: map[string]any{"methodType": "webauthn"}},
	"POST /api/v1/sign-in/{flowId}/enrol":           {flow: true, form: map[string]any{"methodType": "totp"}},
	"POST /api/v1/sign-in/{flowId}/enrol/verify":    {flow: true, form: map[string]any{"code": "123456"}},
	"POST /api/v1/sign-in/{flowId}/device":          {flow: true, form: map[string]any{"trust": true}},
	"POST /api/v1/passkey-sign-in":                  {form: map[string]any{"client": "native"}},
	"POST /api/v1/sign-in/{flowId}/passkey":         {passkey: true, form: map[string]any{"credential": "PASSKEY"}},
	"POST /api/v1/recovery":                         {form: map[string]any{"email": "EMAIL"}},
	"POST /api/v1/recovery/reset":                   {form: map[string]any{"token": "LINK", "newPassword": "Brave new pillars 43"}},
	"POST /api/v1/verify-email":                     {form: map[string]any{"token": "LINK"}},
	"POST /api/v1/accept-invitation":                {form: map[string]any{"token": "LINK", "password": "Brave new pillars 43"}},
	"POST /api/v1/unlock":                           {form: map[string]any{"token": "LINK"}},
	"POST /api/v1/trust-device":                     {form: map[string]any{"token": "LINK"}},
	"POST /api/v1/it-was-me":                        {form: map[string]any{"token": "LINK"}},
	"POST /api/v1/undo-email":                       {form: map[string]any{"token": "LINK"}},
	"POST /api/v1/not-me":                           {form: map[string]any{"token": "LINK"}},
	"POST /api/v1/not-me/lockdown":                  {form: map[string]any{"token": "LINK", "currentPassword": wrong}},
	"POST /api/v1/reopen":                           {form: map[string]any{"token": "LINK", "client": "web"}},
}
