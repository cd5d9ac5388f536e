package sallyport

// Signal names one reason to doubt that the account's owner signs in. Package risk
// has one file for each.
type Signal string

// Finding is one signal that a sign-in gave, with the facts behind it. The sentence
// for people is the message "risk." + Signal, filled in with Args.
type Finding struct {
	Signal Signal            `json:"signal"`
	Weight int               `json:"weight"` // 1 to 100
	Args   map[string]string `json:"args,omitempty"`
}

// Assessment is how doubtful a sign-in is, stored with its attempt and session.
type Assessment struct {
	Score    int       `json:"score"` // 0 to 100: the sum of the weights, capped
	Findings []Finding `json:"findings,omitempty"`
}
