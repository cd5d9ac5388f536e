package trace

// Key names something that a span holds.
type Key string

// This is THE table of what spans hold. Each value is one of a set that the program knows: a
// state, a kind, a code, a pattern, a number. Traces leave the installation and are read by other
// people than its log is, so nothing here names a person, a client or an organisation, and
// nothing opens anything.
const (
	Method Key = "http.request.method"       // one that HTTP knows, or _OTHER
	Route  Key = "http.route"                // pattern of the route, never a path
	Status Key = "http.response.status_code" // of the answer

	Outcome Key = "sallyport.outcome" // ok, or the code of the refusal

	StateBefore Key = "sallyport.sign_in.state_before" // of a flow
	StateAfter  Key = "sallyport.sign_in.state_after"

	Permission Key = "sallyport.act.permission" // that the act needs; none for one's own account
	StepUp     Key = "sallyport.act.step_up"    // kind of act, by what has to be proven for it
	Items      Key = "sallyport.act.items"      // how many things it is about
	Events     Key = "sallyport.act.events"     // kinds of the events that it appends

	Channel Key = "sallyport.outbox.channel" // email or sms
	Kind    Key = "sallyport.outbox.kind"    // of the message
	Attempt Key = "sallyport.outbox.attempt" // 1 for the first
)
