package webtest

import (
	"regexp"
)

// Addresses that tests of several rooms visit.
const (
	SecurityPath  = "/profile/security"
	AddFactorPath = SecurityPath + "/two-factor/add"
)

// What tests read of pages.
var (
	SecretText = regexp.MustCompile(`data-copy="([A-Z2-7]{32,})"`)
	CodeText   = regexp.MustCompile(`<li><code>([a-z0-9-]+)</code></li>`)
	MethodLink = regexp.MustCompile(`/two-factor/methods/([0-9a-f-]{36})/rename`)
)
