package kit

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
)

var involved = Involved{Links: true, People: map[string]sallyport.User{
	"b": {ID: "b", FirstName: "Bronagh", LastName: "Kelly", Email: "bronagh@northwind.example"},
	"g": {ID: "g", FirstName: "Goetz", LastName: "de Vries", Email: "goetz@northwind.example"},
}}

// Kinds that are about no account, that people do to themselves only, and that just happen. The text
// of the last names nobody who acts.
var (
	aboutNobody = []audit.Kind{
		audit.SetUpCompleted, audit.TenantCreated, audit.TenantLanguageChosen, audit.OrganisationChanged, audit.RoleCreated, audit.RoleChanged, audit.RoleDeleted,
		audit.GroupCreated, audit.GroupChanged, audit.GroupDeleted, audit.NetworkBlocked, audit.NetworkUnblocked, audit.PolicyChanged,
		audit.GroupPolicyChanged, audit.RetentionApplied, audit.BulkStarted, audit.BulkFinished, audit.BulkStopped, audit.BulkCancelled,
		audit.LogKeyAdded, audit.LogExported, audit.DatabaseRestored, audit.ReviewCompleted, audit.MailRetried,
		audit.ClientCreated, audit.ClientRotated, audit.ClientDeleted, audit.SigningKeyMade, audit.ServiceCreated,
		audit.ProviderAdded, audit.ProviderChanged, audit.ProviderRemoved, audit.ProviderSwitchedOn, audit.ProviderSwitchedOff, audit.DomainAdded, audit.DomainProven, audit.DomainRemoved,
		audit.AppAdded, audit.AppChanged, audit.AppRemoved, audit.AlertChannelMade, audit.AlertChannelChanged, audit.AlertChannelRemoved, audit.AlertChannelOff,
		audit.WebhookCreated, audit.WebhookChanged, audit.WebhookRemoved, audit.WebhookRotated, audit.WebhookReplayed, audit.WebhookResent, audit.WebhookOff,
	}
	byOneself = []audit.Kind{
		audit.LanguageChosen, audit.DetailsChanged, audit.EmailChangeRequested, audit.EmailChanged, audit.PhoneChangeRequested, audit.AvatarChanged, audit.SignedIn, audit.PasswordChanged, audit.ReauthFailed, audit.PasswordReset, audit.ReportedNotMe, audit.UserReopened,
		audit.VerificationRequested, audit.EmailVerified, audit.InvitationAccepted, audit.EnrolmentStarted, audit.MFAEnabled, audit.MethodAdded,
		audit.MethodRenamed, audit.BackupCodeUsed, audit.SteppedUp, audit.DeviceAdded, audit.DeviceRenamed, audit.DevicePrimary,
		audit.DeviceConfirmationMailed, audit.SignInAnswered, audit.DigestChosen, audit.NotificationsChosen, audit.PushSubscribed, audit.PushUnsubscribed, audit.DataExported,
		audit.Approved, audit.ApprovalDenied, audit.BreakGlass, audit.PasskeySynced,
	}
	happens = []audit.Kind{
		audit.SignInFailed, audit.AccountLocked, audit.NetworkLimited, audit.RefusalsRepeated, audit.SessionExpired, audit.DeviceTrustOverdue, audit.DeviceCredentialReused, audit.SignInDoubted,
		audit.DeletionBegun, audit.AccountDeleted, audit.RefreshReused,
	}
	// What nobody does to themselves: by the server, or by an admin whose act needs somebody else.
	toOthers = []audit.Kind{
		audit.UserCreated, audit.UserEnabled, audit.ResetLinkMade, audit.UserInvited, audit.InvitationWithdrawn, audit.UserRoleChanged, audit.PasswordDemanded,
		audit.MethodSuspended, audit.MethodResumed, audit.MFAExempted, audit.MFAReset, audit.MFARequirementMoved, audit.PasskeySuspended, audit.MethodTampered,
		audit.SessionResumed, audit.SessionExtended, audit.DeviceSuspended, audit.DeviceResumed, audit.DeviceRevocationTold,
		audit.ReviewReminded, audit.DigestMailed,
	}
)

// logged is an event with all details that its kind may have.
func logged(kind audit.Kind, more ...string) sallyport.Event {
	e := sallyport.Event{Kind: string(kind), ActorType: sallyport.ActorUser, ActorID: "b", UserID: "g", Data: map[string]string{}}
	if slices.Contains(aboutNobody, kind) {
		e.UserID = ""
	}
	row, _ := audit.Of(kind)
	for _, name := range slices.Concat(row.Data, row.Personal) {
		e.Data[name] = example(kind, name)
	}
	for i := 0; i < len(more); i += 2 {
		e.Data[more[i]] = more[i+1]
	}
	return e
}

// example is a value of a detail that has words.
func example(kind audit.Kind, name string) string {
	special := map[audit.Kind]map[string]string{
		audit.RoleChanged:         {"old": "users.view roles.view", "new": "users.view users.manage"},
		audit.UserRoleChanged:     {"old": "member", "new": "admin"},
		audit.PolicyChanged:       {"field": "lockoutFailures", "old": "10", "new": "5"},
		audit.GroupPolicyChanged:  {"field": "lockoutFailures", "old": "10", "new": "5"},
		audit.OrganisationChanged: {"field": "name", "old": "Northwind", "new": "Northwind Traders"},
		audit.DeviceTrusted:       {"reason": "set_by_admin"},
		audit.DeviceRevoked:       {"reason": "idle"},
		audit.BulkStopped:         {"reason": "permission_lost"},
		audit.KeyRevoked:          {"reason": "surrendered"},
		audit.WebhookReplayed:     {"from": "17", "to": "4"},
		audit.AlertChannelMade:    {"format": "slack"},
		audit.AlertChannelChanged: {"format": "slack"},
		audit.AlertChannelRemoved: {"format": "slack"},
		audit.AlertChannelOff:     {"format": "slack"},
		audit.MFAReset:            {"reason": "Lost phone", "checked": "in_person"},
		audit.SigningKeyMade:      {"from": "2026-12-01T12:00:00Z"},
	}
	if value, has := special[kind][name]; has {
		return value
	}
	return map[string]string{
		"name": "Night shift", "language": "de", "role": "member", "method": "totp", "reason": "idle_timeout", "scope": "account",
		"until": "2026-12-01T12:00:00Z", "at": "2026-12-05T12:00:00Z", "before": "2026-11-01T00:00:00Z", "personalBefore": "2026-10-01T00:00:00Z",
		"action": "suspend", "permissions": "users.view", "required": "false", "answer": "not_mine", "email": "new@northwind.example",
		"browser": "Firefox", "system": "Linux", "by": "user", "signals": "new_country", "level": "2",
		"from": "old@northwind.example", "to": "new@northwind.example", "fields": "firstName timeZone",
		"client": "web", "act": "manage_users", "score": "60", "key": "6f1d3c0a", "format": "csv", "weekly": "no", "on": "sign_ins.text", "off": "reminders.email", "picture": "none", "owner": "admin", "host": "hooks.slack.com", "kinds": "sign_ins auth.signed_out", "event": "019c0a7e3b", "topics": "locks stolen", "named": "no", "provider": "Corp", "protocol": "saml", "domain": "northwind.example", "then": "renew",
	}[name] + map[bool]string{true: "3"}[slices.Contains([]string{
		"sessions", "skipped", "failed", "count", "remaining", "takenBack", "attempts", "credentials", "revokedCredentials", "personalParts", "events", "apiKeys", "users", "backupCodes", "passwords",
	}, name)]
}

func logSpeaker(language string) Speaker {
	s := speakerIn(language)
	s.Now, s.Zone = time.Date(2026, time.November, 21, 13, 0, 0, 0, time.UTC), time.UTC
	return s
}

// sound reports what is wrong with how a sentence is written.
func sound(t *testing.T, about string, told Sentence) {
	t.Helper()
	text := told.Text()
	first := []rune(text + " ")[0]
	switch {
	case strings.Contains(text, "<no value>"), strings.Contains(text, "{{"), strings.Contains(text, "log."), strings.ContainsFunc(text, isMarker),
		strings.Contains(text, "  "), strings.TrimSpace(text) != text, unicode.IsLower(first), strings.HasSuffix(text, "."):
		t.Errorf("%s: %q", about, text)
	}
	for _, p := range told {
		if p.Text == "" {
			t.Errorf("%s: an empty part in %q", about, text)
		}
	}
}

// Whoever acts, on whomever, and whether their accounts are still there: every kind has a sentence.
func TestEveryKindHasASentence(t *testing.T) {
	actors := map[string]func(*sallyport.Event){
		"other":     func(*sallyport.Event) {},
		"self":      func(e *sallyport.Event) { e.ActorID = e.UserID },
		"gone":      func(e *sallyport.Event) { e.ActorID, e.UserID = "x", "y" },
		"operator":  func(e *sallyport.Event) { e.ActorType, e.ActorID = sallyport.ActorOperator, "" },
		"system":    func(e *sallyport.Event) { e.ActorType, e.ActorID = sallyport.ActorSystem, "" },
		"anonymous": func(e *sallyport.Event) { e.ActorType, e.ActorID = sallyport.ActorAnonymous, "" },
		"nobody":    func(e *sallyport.Event) { e.ActorType, e.ActorID, e.UserID = sallyport.ActorAnonymous, "", "" },
		"forgotten": func(e *sallyport.Event) { e.Data, e.Forgotten = nil, true },
	}
	for _, language := range []string{"en", "de"} {
		s := logSpeaker(language)
		for _, row := range audit.Kinds {
			if !s.Has("log." + string(row.Kind)) {
				t.Errorf("%s has no sentence", row.Kind)
				continue
			}
			for who, change := range actors {
				e := logged(row.Kind)
				change(&e)
				about := language + " " + string(row.Kind) + " " + who
				sound(t, about, s.LogSentence(e, involved))
				for _, d := range s.LogDetails(e) {
					if d == "" || strings.Contains(d, "<no value>") || strings.Contains(" "+d+" ", " you ") || strings.Contains(d, "log.") {
						t.Errorf("%s: %q", about, d)
					}
				}
			}
		}
	}
}

// Both people are named, each with a link to their page, and one who acts on themselves once.
func TestSentencesNameWhoIsInvolved(t *testing.T) {
	named := func(told Sentence) (links []string) {
		for _, p := range told {
			if p.Path != "" {
				links = append(links, p.Text+" "+p.Path)
			}
		}
		return links
	}
	const bronagh, goetz = "Bronagh Kelly /settings/team/b", "Goetz de Vries /settings/team/g"
	for _, language := range []string{"en", "de"} {
		s := logSpeaker(language)
		for _, row := range audit.Kinds {
			e := logged(row.Kind)
			var want []string
			switch kind := row.Kind; {
			case slices.Contains(aboutNobody, kind), slices.Contains(byOneself, kind):
				want = []string{bronagh}
			case slices.Contains(happens, kind):
				want = []string{goetz}
			default:
				want = []string{bronagh, goetz}
			}
			if diff := cmp.Diff(want, named(s.LogSentence(e, involved))); diff != "" {
				t.Errorf("%s: %s of another: %s", language, row.Kind, diff)
			}
			if slices.Contains(aboutNobody, row.Kind) || slices.Contains(toOthers, row.Kind) {
				continue
			}
			e.ActorID = "g"
			if diff := cmp.Diff([]string{goetz}, named(s.LogSentence(e, involved))); diff != "" {
				t.Errorf("%s: %s of oneself: %s", language, row.Kind, diff)
			}
		}
	}
	if told := logSpeaker("en").LogSentence(logged(audit.SessionRevoked), Involved{People: involved.People}); len(named(told)) != 0 {
		t.Errorf("links where there should be none: %q", told)
	}
}

// What acts begins its sentence, which is why it is written with a capital letter; German puts whose
// account it is where "einer Person" fits.
func TestHowSentencesAreBuilt(t *testing.T) {
	before := []string{" von ", " bei ", " hat "}
	for _, language := range []string{"en", "de"} {
		s := logSpeaker(language)
		for _, row := range audit.Kinds {
			for _, suffix := range []string{"", "_self", "_nobody", "_lifted", "_denied", "_factor"} {
				id := "log." + string(row.Kind) + suffix
				if !s.Has(id) {
					continue
				}
				text := s.T(id, blanks...)
				if strings.LastIndex(text, string(firstMarker)) > 0 {
					t.Errorf("%s: %s does not begin with who acts", language, id)
				}
				i := strings.IndexRune(text, firstMarker+1)
				if i == 0 || language == "de" && i > 0 && !slices.ContainsFunc(before, func(b string) bool { return strings.HasSuffix(text[:i], b) }) {
					t.Errorf("%s: %s: whom is not in the dative", language, id)
				}
			}
		}
	}
}

func TestSentences(t *testing.T) {
	by := func(e sallyport.Event, actor sallyport.ActorType, actorID, userID string) sallyport.Event {
		e.ActorType, e.ActorID, e.UserID = actor, actorID, userID
		return e
	}
	const user = sallyport.ActorUser
	for _, c := range []struct {
		e      sallyport.Event
		en, de string
	}{
		{logged(audit.SessionRevoked), "Bronagh Kelly revoked a session of Goetz de Vries", "Bronagh Kelly hat eine Sitzung von Goetz de Vries widerrufen"},
		{by(logged(audit.SessionRevoked), user, "g", "g"), "Goetz de Vries ended one of their own sessions", "Goetz de Vries hat eine eigene Sitzung beendet"},
		{
			by(logged(audit.SessionRevoked), user, "x", "y"),
			"A deleted account revoked a session of somebody with a deleted account", "Ein gelöschtes Konto hat eine Sitzung von einer Person mit gelöschtem Konto widerrufen",
		},
		{by(logged(audit.UserCreated), sallyport.ActorOperator, "", "g"), "The operator of the server created the account of Goetz de Vries", "Der Serverbetrieb hat das Konto von Goetz de Vries angelegt"},
		{by(logged(audit.PasswordResetRequested), sallyport.ActorAnonymous, "", "g"), "Somebody asked for a link for a new password for the account of Goetz de Vries", "Jemand hat für das Konto von Goetz de Vries einen Link für ein neues Passwort angefordert"},
		{by(logged(audit.DeviceFlagged), sallyport.ActorSystem, "", "g"), "Sallyport marked a device of Goetz de Vries as compromised", "Sallyport hat ein Gerät von Goetz de Vries als kompromittiert markiert"},
		{by(logged(audit.SignInFailed), sallyport.ActorAnonymous, "", "g"), "A sign-in to the account of Goetz de Vries failed", "Eine Anmeldung am Konto von Goetz de Vries ist fehlgeschlagen"},
		{by(logged(audit.SignInFailed), sallyport.ActorAnonymous, "", ""), "Somebody tried to sign in with an address that nobody has", "Jemand hat eine Anmeldung mit einer Adresse versucht, die niemand hat"},
		{by(logged(audit.InvitationWithdrawn), user, "b", "y"), "Bronagh Kelly withdrew the invitation of new@northwind.example", "Bronagh Kelly hat die Einladung von new@northwind.example zurückgezogen"},
		{logged(audit.UserRoleChanged), "Bronagh Kelly gave Goetz de Vries the role “Admin”", "Bronagh Kelly hat Goetz de Vries die Rolle „Admin“ gegeben"},
		{logged(audit.MethodRemoved), "Bronagh Kelly removed the second factor “Night shift” (Authenticator app) of Goetz de Vries", "Bronagh Kelly hat den zweiten Faktor „Night shift“ (Authenticator-App) von Goetz de Vries entfernt"},
		{logged(audit.MethodRemoved, "name", ""), "Bronagh Kelly removed the second factor “Authenticator app” of Goetz de Vries", "Bronagh Kelly hat den zweiten Faktor „Authenticator-App“ von Goetz de Vries entfernt"},
		{logged(audit.MFARequirementMoved), "Bronagh Kelly no longer demands a second factor of Goetz de Vries", "Bronagh Kelly verlangt von Goetz de Vries keinen zweiten Faktor mehr"},
		{logged(audit.TenantLanguageChosen), "Bronagh Kelly chose “Deutsch” as the language of the organisation", "Bronagh Kelly hat „Deutsch“ als Sprache der Organisation gewählt"},
		{logged(audit.LanguageChosen, "language", ""), "Bronagh Kelly chose the language of the browser as their own language", "Bronagh Kelly hat die Sprache des Browsers als eigene Sprache gewählt"},
		{logged(audit.NetworkBlocked, "name", ""), "Bronagh Kelly blocked the network (not known any more)", "Bronagh Kelly hat das Netzwerk (nicht mehr bekannt) gesperrt"},
		{sallyport.Event{Kind: "a.new_kind"}, "Account event a.new_kind", "Kontoereignis a.new_kind"},
	} {
		for language, want := range map[string]string{"en": c.en, "de": c.de, "ar": c.en} {
			if got := logSpeaker(language).LogSentence(c.e, involved).Text(); got != want {
				t.Errorf("%s: %q, want %q", language, got, want)
			}
		}
	}
	s := logSpeaker("en")
	for _, e := range []sallyport.Event{logged(audit.PolicyChanged), logged(audit.GroupPolicyChanged), logged(audit.GroupPolicyChanged, "old", "")} {
		told := s.LogSentence(e, involved).Text()
		for _, part := range []string{s.PolicyName("lockoutFailures"), s.policyValue(e, e.Data["old"]), s.policyValue(e, e.Data["new"])} {
			if !strings.Contains(told, "“"+part+"”") {
				t.Errorf("%q is not in %q", part, told)
			}
		}
	}
}

func TestLogDetails(t *testing.T) {
	for _, c := range []struct {
		e      sallyport.Event
		en, de []string
	}{
		{logged(audit.SessionRevoked, "reason", "reported_not_me"), []string{"Firefox on Linux", "“This wasn’t me” was reported"}, []string{"Firefox auf Linux", "„Das war ich nicht“ gemeldet"}},
		{logged(audit.UserDisabled, "sessions", "1"), []string{"1 session ended"}, []string{"1 Sitzung beendet"}},
		{logged(audit.UserDisabled, "sessions", "0"), nil, nil},
		{logged(audit.SignedIn), []string{"Authenticator app", "“Corp”"}, []string{"Authenticator-App", "„Corp“"}},
		{logged(audit.UserRoleChanged), []string{"Role before: Member", "3 sessions ended"}, []string{"Rolle zuvor: Mitglied", "3 Sitzungen beendet"}},
		{logged(audit.NetworkBlocked, "reason", "by_admin"), []string{"by_admin", "Until 1 Dec 2026, 12:00 UTC"}, []string{"by_admin", "Bis 1. Dez. 2026, 12:00 UTC"}},
		{logged(audit.AccountLocked), []string{"Locked on devices that are not known", "Until 1 Dec 2026, 12:00 UTC"}, []string{"Auf unbekannten Geräten gesperrt", "Bis 1. Dez. 2026, 12:00 UTC"}},
		{logged(audit.DeviceFlagged, "reason", "<b>Found</b>"), []string{"Reported lost or stolen", "New country", "3 sessions ended", "<b>Found</b>"}, []string{"Als verloren oder gestohlen gemeldet", "Neues Land", "3 Sitzungen beendet", "<b>Found</b>"}},
		{logged(audit.BulkStopped), []string{"Who began it may not do this any more", "Suspended 3 sessions", "3 left as they were", "3 failed"}, []string{"Wer das begann, darf es nicht mehr", "3 Sitzungen ausgesetzt", "3 blieben, wie sie waren", "3 fehlgeschlagen"}},
		{logged(audit.BulkStarted), []string{"Suspend 3 sessions"}, []string{"3 Sitzungen aussetzen"}},
		{logged(audit.BackupCodeUsed, "remaining", "0"), []string{"0 codes left"}, []string{"0 Codes übrig"}},
		{logged(audit.MFAReset), []string{"Lost phone", "3 methods removed", "They are here in person"}, []string{"Lost phone", "3 Verfahren entfernt", "Sie ist persönlich hier"}},
		{logged(audit.SignInAnswered), nil, nil},
		{
			logged(audit.DatabaseRestored), []string{"3 sessions ended", "3 accounts looked at", "3 API keys ended", "3 sets of backup codes withdrawn", "3 passwords have to be renewed"},
			[]string{"3 Sitzungen beendet", "3 Konten durchgesehen", "3 API-Schlüssel beendet", "3 Sätze Ersatzcodes zurückgezogen", "3 Passwörter müssen erneuert werden"},
		},
		{logged(audit.DeviceRevocationTold), []string{"Removal after 1 Dec 2026, 12:00 UTC"}, []string{"Entfernen nach 1. Dez. 2026, 12:00 UTC"}},
	} {
		for language, want := range map[string][]string{"en": c.en, "de": c.de, "ar": c.en} {
			if diff := cmp.Diff(want, logSpeaker(language).LogDetails(c.e)); diff != "" {
				t.Errorf("%s: %s: %s", language, c.e.Kind, diff)
			}
		}
	}
}

// Each detail of an event is told by its sentence or beside it, but for those that only programs read.
func TestNoDetailIsLost(t *testing.T) {
	forPrograms := []string{"client", "act", "score", "event"}
	s := logSpeaker("en")
	all := func(e sallyport.Event) string {
		return s.LogSentence(e, involved).Text() + "\n" + strings.Join(s.LogDetails(e), "\n")
	}
	for _, row := range audit.Kinds {
		for _, name := range slices.Concat(row.Data, row.Personal) {
			full, without := logged(row.Kind), logged(row.Kind)
			full.UserID, without.UserID = "y", "y" // the address of an invitation is told where the account is gone
			delete(without.Data, name)
			if told := all(full) != all(without); told == slices.Contains(forPrograms, name) {
				t.Errorf("%s: %s is told: %t\n%s", row.Kind, name, told, all(full))
			}
		}
	}
}

// Names are what people typed: they stay text, in the part that is theirs.
func TestHostileNamesInSentences(t *testing.T) {
	s := logSpeaker("en")
	for _, name := range []string{
		"<b>Bo</b>", "\uE000", "\uE001\uE001 \uE002", "\uE008", "{{.Whom}}", "\u202Eevil\u202C", "\u2066x", "](/settings/team/g)", "\x00", "a\xffb",
		strings.Repeat("long ", 2000), " ", "revoked a session of",
	} {
		people := map[string]sallyport.User{"b": {ID: "b", FirstName: name}, "g": {ID: "g", FirstName: name}}
		want := Sentence{{name, "/settings/team/b"}, {Text: " revoked a session of "}, {name, "/settings/team/g"}}
		if diff := cmp.Diff(want, s.LogSentence(logged(audit.SessionRevoked), Involved{people, true})); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
		want = Sentence{{"Bronagh Kelly", "/settings/team/b"}, {Text: " created the role "}, {Text: "“" + name + "”"}}
		if diff := cmp.Diff(want, s.LogSentence(logged(audit.RoleCreated, "name", name), involved)); diff != "" {
			t.Errorf("a role %q: %s", name, diff)
		}
	}
	nameless := Involved{map[string]sallyport.User{"b": {ID: "b"}, "g": {ID: "g"}}, true}
	want := Sentence{{"b", "/settings/team/b"}, {Text: " revoked a session of "}, {"g", "/settings/team/g"}}
	if diff := cmp.Diff(want, s.LogSentence(logged(audit.SessionRevoked), nameless)); diff != "" {
		t.Error(diff)
	}
}
