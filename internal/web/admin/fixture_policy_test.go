package admin

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// theirPolicy is a policy that was changed a few times.
func theirPolicy() subject {
	p, _ := policy.For(policy.PresetBalanced)
	return subject{path: compliancePath, version: 7, updated: kittest.Now.Add(-50 * time.Hour), org: p, values: policy.ValuesOf(p)}
}

// ofFinance is what is stricter for a group.
func ofFinance() subject {
	s := theirPolicy()
	s.group, s.path, s.version = groups[0], compliancePath+"/groups/"+groups[0].ID, 2
	s.values = policy.Values{"mfaEnforced": "everyone", "sessionIdleWebMinutes": 1440, "mfaMethods": []string{"totp", "webauthn"}}
	return s
}

func savedVersions() []tenant.Version {
	return []tenant.Version{
		{Number: 7, By: "u1", User: people()[0], At: kittest.Now.Add(-50 * time.Hour), Reason: "Agreed with the security circle, after the password spraying of last week", Changes: []policy.Change{
			{Field: "lockoutFailures", Old: "5", New: "6"}, {Field: "mfaMethods", Old: "totp,webauthn,push,sms,email,backup_codes", New: "totp,webauthn"}}},
		{Number: 6, By: "operator", At: kittest.Now.Add(-400 * time.Hour), Changes: []policy.Change{{Field: "sessionIdleWebMinutes", Old: "10080", New: "45"}, {Field: "retentionEventsDays", Old: "0", New: "400"}}},
		{Number: 5, By: "u9", At: kittest.Now.Add(-4000 * time.Hour), Changes: []policy.Change{{Field: "passwordRequireMix", Old: "true", New: "false"}}},
	}
}

// aReview is a change that affects many.
func aReview() review {
	r := review{subject: theirPolicy(), mine: map[string]change{}, names: true, people: map[preview.Effect][]preview.Person{}}
	r.Preview = preview.Preview{
		ID: "p1", Status: preview.Finished, Total: 4210, Done: 4210, Since: kittest.Now.Add(-preview.Window), StartedAt: kittest.Now, Edit: tenant.Edit{Version: 7, Fields: map[string]any{"mfaEnforced": "everyone"}},
		Changes: []policy.Change{{Field: "mfaEnforced", Old: "nobody", New: "everyone"}, {Field: "lockoutFailures", Old: "6", New: "3"}, {Field: "passwordMinLength", Old: "8", New: "14"}},
		Unknown: []preview.Unknown{{Field: "passwordMinLength", Why: preview.NextPassword}, {Why: preview.Before, Count: 311}},
	}
	for i, e := range preview.Effects {
		r.Counts = append(r.Counts, preview.Count{Effect: e, People: int64(1 + 400*(i%3)), Times: int64(2 + 900*(i%3))})
		for _, u := range people()[:min(8, 1+400*(i%3))] {
			r.people[e] = append(r.people[e], preview.Person{User: u, Times: 2, Last: kittest.Now.Add(-30 * time.Hour)})
		}
	}
	for _, c := range r.Changes {
		r.mine[c.Field] = change{c.Old, c.New}
	}
	return r
}

func policyFixtures() []kittest.Fixture {
	edit := func(name string, e func() editor) kittest.Fixture {
		return inAdmin(name, "policy_edit", compliancePath, func(s kit.Speaker) any { return e().view(s) })
	}
	asReview := func(name string, change func(*review)) kittest.Fixture {
		return inAdmin(name, "policy_review", compliancePath, func(s kit.Speaker) any {
			r := aReview()
			change(&r)
			return r.view(s)
		})
	}
	begin := func(s subject) editor { return editor{subject: s, manages: true, text: s.saved(s.values)} }
	return []kittest.Fixture{
		edit("policy", func() editor {
			e := begin(theirPolicy())
			e.versions = savedVersions()
			return e
		}),
		edit("policy-changed", func() editor {
			e := begin(theirPolicy())
			e.text["lockoutFailures"], e.text["mfaEnforced"], e.text["sessionMaskIp"], e.text["mfaMethods"] = "3", "everyone", "false", "totp,webauthn"
			return e
		}),
		edit("policy-refused", func() editor {
			e := begin(theirPolicy())
			e.text["lockoutFailures"], e.text["deviceSkipMfa"], e.text["sessionLifetimeMinutes"] = "200", "true", "1"
			e.refused = sallyport.Invalid(
				sallyport.FieldError{Field: "lockoutFailures", Code: "out_of_range", Args: map[string]string{"min": "3", "max": "100"}},
				sallyport.FieldError{Field: "deviceSkipMfa", Code: "needs", Args: map[string]string{"field": "deviceReverifyDays"}},
			)
			return e
		}),
		edit("policy-read-only", func() editor {
			e := begin(theirPolicy())
			e.manages = false
			return e
		}),
		edit("policy-group", func() editor { return begin(ofFinance()) }),
		asReview("policy-review", func(*review) {}),
		asReview("policy-review-running", func(r *review) {
			r.Status, r.Done, r.Counts, r.Unknown = preview.Running, 1730, nil, nil
		}),
		asReview("policy-review-quiet", func(r *review) { r.Counts, r.Unknown = nil, nil }),
		asReview("policy-review-failed", func(r *review) { r.Status, r.Counts, r.Unknown = preview.Failed, nil, nil }),
		asReview("policy-review-nothing", func(r *review) { r.Changes, r.Counts, r.Unknown = nil, nil, nil }),
		asReview("policy-review-danger", func(r *review) {
			r.Dangers = []preview.Danger{{UserID: "u1", Name: kittest.LongName.Name(), Effect: preview.Refused}, {UserID: "u2", Self: true, Effect: preview.Ended}}
			r.again = &kit.Again{Err: sallyport.Invalid(sallyport.FieldError{Field: "word", Code: "wrong_word"}), Typed: map[string]string{"reason": "Agreed"}}
		}),
		asReview("policy-review-meanwhile", func(r *review) {
			r.Edit.Version, r.version = 5, 7
			r.theirs = map[string]change{"lockoutFailures": {"5", "4"}}
			r.whose = savedVersions()[:2]
		}),
		inAdmin("policy-people", "policy_people", compliancePath, func(s kit.Speaker) any {
			r := aReview()
			return viewPeople(s, r.Preview, r.Counts[1], r.people[r.Counts[1].Effect])
		}),
		inAdmin("policy-presets", "policy_presets", compliancePath, func(s kit.Speaker) any { return viewPresets(s, theirPolicy(), true) }),
		inAdmin("policy-versions", "policy_versions", compliancePath, func(s kit.Speaker) any {
			v := viewVersions(s, theirPolicy(), savedVersions(), true)
			v.Restore = true
			return v
		}),
		inAdmin("policy-versions-none", "policy_versions", compliancePath, func(s kit.Speaker) any { return viewVersions(s, ofFinance(), nil, false) }),
		inAdmin("policy-groups", "policy_groups", compliancePath, func(s kit.Speaker) any {
			return viewPolicyGroups(s, []tenant.ForGroup{{Group: groups[0], Values: ofFinance().values}, {Group: groups[1]}, {Group: groups[2]}})
		}),
		inAdmin("policy-groups-none", "policy_groups", compliancePath, func(s kit.Speaker) any { return viewPolicyGroups(s, nil) }),
	}
}
