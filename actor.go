package sallyport

// Client is where a request comes from, as far as the server can tell.
type Client struct {
	IPAddress string // canonical text, found behind trusted proxies only
	UserAgent string
	Info      DeviceInfo
	Location  Location

	Language string // BCP 47 tag of the best language with texts that it asks for; "" for none
	TimeZone string // IANA name that the browser told; "" for none
}

// Actor is who acts, and from where. The edges (API, pages, command) make it; the
// uses decide by it.
type Actor struct {
	Type      ActorType
	TenantID  string
	UserID    string
	SessionID string
	Role      Role
	Granted   Permissions // what a role allows that the organisation made
	Client    Client

	KeyID     string      // the API key that a program acts with, which has no session; "" for a person
	KeyGrants Permissions // what that key allows at most
}

// System returns the actor for work that the server does by itself, such as expiry.
func System(tenantID string) Actor { return Actor{Type: ActorSystem, TenantID: tenantID} }

// Operator returns the actor for the command line on the server.
func Operator(tenantID string) Actor { return Actor{Type: ActorOperator, TenantID: tenantID} }
