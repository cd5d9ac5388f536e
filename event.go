package sallyport

import "time"

// ActorType says what kind of party did something.
type ActorType string

// Actor types.
const (
	ActorUser      ActorType = "user"      // a signed-in person, on themselves or another
	ActorAnonymous ActorType = "anonymous" // somebody not signed in
	ActorOperator  ActorType = "operator"  // the command line on the server
	ActorSystem    ActorType = "system"    // a job of the server
)

// Event is one entry of a tenant's audit log: an act that changed something, or
// a refusal worth knowing about.
type Event struct {
	Seq       int64  // in the order of writing, with gaps; the place in the log's tree comes later
	ID        string // UUIDv7
	TenantID  string
	Kind      string // a row of the table in package audit, for example "auth.session_revoked"
	ActorType ActorType
	ActorID   string // user id of the actor, "" unless ActorType is ActorUser
	UserID    string // whose account it concerns; "" for no account
	SessionID string // the session it happened in, or that it ended or changed
	TargetID  string // id of the thing acted on, when it is not the user or session
	IPAddress string
	Device    DeviceInfo
	Location  Location
	Data      map[string]string // details by stable camelCase names; never a secret
	CreatedAt time.Time
	Forgotten bool // address, device, place and names that it had were removed
}
