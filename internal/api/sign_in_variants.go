package api

import (
	"reflect"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/signin"
)

// stepVariant is the answer of a sign-in or step-up for one value of next.
type stepVariant struct {
	next     signin.State
	name     string // of its schema
	means    string
	required []string // besides next
	optional []string
}

// stepVariants has a row for each value of next, but for deny: that comes in a problem
// document. A client that switches over next knows which fields there are.
var stepVariants = []stepVariant{
	{signin.Password, "SignInStepPassword", "Give the password, or answer challenge with a passkey.",
		[]string{"flowId", "expiresAt"}, []string{"flowToken", "challenge", "methods", "hasPassword", "away", "providers"}},
	{signin.Link, "SignInStepLink", "Give the code that was mailed to the account with the address that the provider named.",
		[]string{"flowId", "expiresAt", "provider"}, []string{"flowToken"}},
	{signin.Factor, "SignInStepFactor", "Give a second factor.",
		[]string{"flowId", "expiresAt", "methods"}, []string{"flowToken", "challenge", "enrolNext"}},
	{signin.Enrol, "SignInStepEnrol", "Set up a second factor.",
		[]string{"flowId", "expiresAt", "allowedMethods"}, []string{"flowToken", "setUp", "backupCodesRemaining"}},
	{signin.Device, "SignInStepDevice", "Say whether to trust the device.",
		[]string{"flowId", "expiresAt"}, []string{"flowToken", "devices", "backupCodes", "backupCodesRemaining"}},
	{signin.ChangePassword, "SignInStepChangePassword", "Choose a new password.",
		[]string{"flowId", "expiresAt"}, []string{"flowToken", "backupCodes", "backupCodesRemaining"}},
	{signin.Done, "SignInStepDone", "There is a session. Browsers have it as a cookie.",
		[]string{"expiresAt"}, []string{"flowId", "accessToken", "accessTokenExpiresAt", "refreshToken", "deviceToken", "backupCodes", "backupCodesRemaining"}},
}

// stepFields is signInStep as huma describes it: one object with all fields.
type stepFields signInStep

// Schema describes the answer as one of its variants.
func (signInStep) Schema(r huma.Registry) *huma.Schema {
	all := huma.SchemaFromType(r, reflect.TypeFor[stepFields]())
	step := &huma.Schema{
		Description:   "What comes next, by the value of next.",
		Discriminator: &huma.Discriminator{PropertyName: "next", Mapping: map[string]string{}},
	}
	for _, v := range stepVariants {
		ref := named(r, v.name, v.schema(all))
		step.OneOf = append(step.OneOf, ref)
		step.Discriminator.Mapping[string(v.next)] = ref.Ref
	}
	return named(r, "SignInStep", step)
}

// schema returns the schema of a variant, made of the fields of all.
func (v stepVariant) schema(all *huma.Schema) *huma.Schema {
	next := *all.Properties["next"]
	next.Enum = []any{string(v.next)}
	out := &huma.Schema{
		Type: huma.TypeObject, Description: v.means, Required: append([]string{"next"}, v.required...),
		Properties: map[string]*huma.Schema{"next": &next},
	}
	for _, name := range slices.Concat(v.required, v.optional) {
		out.Properties[name] = all.Properties[name]
	}
	return out
}
