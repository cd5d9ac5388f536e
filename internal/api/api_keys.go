package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addAPIKeys() {
	handle(e, get("listMyApiKeys", "/me/api-keys", "Your API keys that were not revoked, the newest first").
		says("Without their texts, which are shown once.").signedIn(), e.listMyAPIKeys)

	add := post("addMyApiKey", "/me/api-keys", "Make an API key", withBody(http.StatusConflict)...)
	add.Description = "Its text is in the answer and nowhere else. It allows some of what your role allows, and never more than your role does at the time. " +
		"422 taken when a key of yours has the name, so that a repeated call makes no second one; 409 too_many_keys from 50 on."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(apikey.NeedMake), e.addMyAPIKey)

	rotate := post("rotateMyApiKey", "/me/api-keys/{id}/rotate", "Replace the text of one of your keys", withBody(http.StatusNotFound, http.StatusConflict)...)
	rotate.Description = "The former text works for overlapHours more. One that was replaced before stops at once. 409 key_over for a key that has expired."
	handle(e, rotate.needs(apikey.NeedMake), e.rotateMyAPIKey)

	handle(e, post("revokeMyApiKey", "/me/api-keys/{id}/revoke", "Revoke one of your keys", http.StatusNotFound).
		says("It is no error when it was revoked before.").needs(apikey.NeedRevoke), e.onID(e.APIKeys.Revoke))

	keys := get("listApiKeys", "/api-keys", "The API keys of the organisation, also those that were revoked")
	handleList(e, keys.needs(apikey.NeedView), list.APIKeys, e.listAPIKeys)
	handle(e, get("getApiKey", "/api-keys/{id}", "One API key", http.StatusNotFound).needs(apikey.NeedView), e.getAPIKey)
	handle(e, post("revokeApiKey", "/api-keys/{id}/revoke", "Revoke anybody's key", http.StatusNotFound).
		says("Whose it is, is told by mail. It is no error when it was revoked before.").needs(apikey.NeedEnd), e.onID(e.APIKeys.End))
}

func (e *edge) addServiceAccounts() {
	handle(e, get("listServiceAccounts", "/service-accounts", "The service accounts of the organisation, the oldest first").needs(apikey.NeedView), e.listServiceAccounts)
	handle(e, get("getServiceAccount", "/service-accounts/{id}", "One service account", http.StatusNotFound).
		says("disableUser and enableUser put it to sleep and wake it; changeUserRole gives it another role.").needs(apikey.NeedView), e.getServiceAccount)

	add := post("addServiceAccount", "/service-accounts", "Add a service account", withBody()...)
	add.Description = "A user who never signs in: its keys are for programs that outlive people. You need everything that its role allows."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(apikey.NeedService), e.addServiceAccount)

	handle(e, get("listServiceAccountKeys", "/service-accounts/{id}/api-keys", "Its keys that were not revoked, the newest first", http.StatusNotFound).
		needs(apikey.NeedView), e.listServiceAccountKeys)
	key := post("addServiceAccountKey", "/service-accounts/{id}/api-keys", "Make a key of a service account", withBody(http.StatusNotFound, http.StatusConflict)...)
	key.Description = "As addMyApiKey. It takes the role that owns the account, or an owner; whoever has the role is told."
	key.DefaultStatus = http.StatusCreated
	handle(e, key.needs(apikey.NeedMakeFor), e.addServiceAccountKey)
	rotate := post("rotateServiceAccountKey", "/service-accounts/{id}/api-keys/{keyId}/rotate", "Replace the text of one of its keys", withBody(http.StatusNotFound, http.StatusConflict)...)
	rotate.Description = "As rotateMyApiKey. revokeApiKey revokes it."
	handle(e, rotate.needs(apikey.NeedMakeFor), e.rotateServiceAccountKey)
}

// apiKeyRecord is one API key.
type apiKeyRecord struct {
	ID            string                 `json:"id"`
	UserID        string                 `json:"userId"`
	Name          string                 `json:"name"`
	Hint          string                 `json:"hint" doc:"The end of its text."`
	Status        sallyport.APIKeyStatus `json:"status" enum:"active,expired,revoked"`
	Permissions   []string               `json:"permissions" nullable:"false" doc:"What it allows, as far as the role of its user does."`
	Networks      []string               `json:"networks" nullable:"false" doc:"Where it works from; empty for anywhere."`
	CreatedAt     time.Time              `json:"createdAt"`
	ExpiresAt     time.Time              `json:"expiresAt,omitzero" doc:"Absent for never."`
	RotatedAt     time.Time              `json:"rotatedAt,omitzero" doc:"When its text was last replaced."`
	FormerEndsAt  time.Time              `json:"formerEndsAt,omitzero" doc:"Until when the text before that works."`
	RevokedAt     time.Time              `json:"revokedAt,omitzero"`
	RevokedBy     string                 `json:"revokedBy,omitempty" doc:"A user id, or system."`
	RevokedReason string                 `json:"revokedReason,omitempty"`
	LastUsedAt    time.Time              `json:"lastUsedAt,omitzero" doc:"To about a minute. Absent when never."`
	LastUsedIP    string                 `json:"lastUsedIpAddress,omitempty"`
	LastUsedPlace *sallyport.Location    `json:"lastUsedLocation,omitempty"`
}

func (e *edge) showKey(k sallyport.APIKey) apiKeyRecord {
	r := apiKeyRecord{
		ID: k.ID, UserID: k.UserID, Name: k.Name, Hint: k.Hint, Status: k.Status(e.Now()), Permissions: append([]string{}, k.Permissions.Names()...), Networks: []string{},
		CreatedAt: k.CreatedAt.UTC(), ExpiresAt: k.ExpiresAt.UTC(), RotatedAt: k.RotatedAt.UTC(), RevokedAt: k.EndedAt.UTC(), RevokedBy: k.EndedBy, RevokedReason: k.EndReason,
		LastUsedAt: k.UsedAt.UTC(), LastUsedIP: k.UsedIP,
	}
	for _, n := range k.Networks {
		r.Networks = append(r.Networks, n.String())
	}
	if e.Now().Before(k.FormerEndsAt) {
		r.FormerEndsAt = k.FormerEndsAt.UTC()
	}
	if !k.UsedAt.IsZero() {
		r.LastUsedPlace = &k.UsedLocation
	}
	return r
}

// APIKeyFields are those of a key, for a record with more.
type APIKeyFields = apiKeyRecord

// heldKeyRecord is a key as an admin sees it.
type heldKeyRecord struct {
	APIKeyFields
	FirstName string `json:"firstName" doc:"Of whose it is; of a service account its name."`
	LastName  string `json:"lastName"`
	Email     string `json:"email,omitempty" format:"email" doc:"Absent for a service account."`
	Service   bool   `json:"service" doc:"It is one of a service account."`
}

func (e *edge) showHeldKey(h apikey.Held) heldKeyRecord {
	return heldKeyRecord{APIKeyFields: e.showKey(h.APIKey), FirstName: h.User.FirstName, LastName: h.User.LastName, Email: h.User.Email, Service: h.User.Service()}
}

// newKeyRecord is a key with its text.
type newKeyRecord struct {
	APIKeyFields
	Secret string `json:"secret" doc:"The key, for Authorization: Bearer. It is shown this once. It ends with check digits: the CRC-32 of what is before them, six digits in base 62."`
}

func (e *edge) showMade(m apikey.Made) newKeyRecord {
	return newKeyRecord{e.showKey(m.APIKey), m.Secret}
}

type keyListOutput struct {
	Body struct {
		Items []apiKeyRecord `json:"items" nullable:"false"`
	} `nameHint:"ApiKeyList"`
}

func (e *edge) showKeys(found []sallyport.APIKey, err error) (*keyListOutput, error) {
	var out keyListOutput
	out.Body.Items = each(found, e.showKey)
	return &out, err
}

func (e *edge) listMyAPIKeys(ctx context.Context, _ *struct{}) (*keyListOutput, error) {
	return e.showKeys(e.APIKeys.ListOwn(ctx, e.actor(ctx)))
}

type apiKeyRequest struct {
	Name        string    `json:"name" minLength:"1" maxLength:"100" doc:"No other key of the same user has it."`
	Permissions []string  `json:"permissions,omitempty" nullable:"false" maxItems:"100" doc:"Of listPermissions, and of yours. None for a key that only says whose it is."`
	ExpiresAt   time.Time `json:"expiresAt,omitempty" doc:"Absent for never."`
	Networks    []string  `json:"networks,omitempty" nullable:"false" maxItems:"20" doc:"Addresses, or networks such as 192.0.2.0/24, from which alone it works. Absent for anywhere."`
}

func (r apiKeyRequest) input() apikey.Input {
	return apikey.Input{Name: r.Name, Permissions: r.Permissions, ExpiresAt: r.ExpiresAt, Networks: r.Networks}
}

type newKeyOutput struct{ Body newKeyRecord }

func (e *edge) addMyAPIKey(ctx context.Context, in *struct{ Body apiKeyRequest }) (*newKeyOutput, error) {
	m, err := e.APIKeys.Make(ctx, e.actor(ctx), in.Body.input())
	return &newKeyOutput{e.showMade(m)}, err
}

// overlapRequest says how long what is replaced goes on to work.
type overlapRequest struct {
	OverlapHours int `json:"overlapHours,omitempty" enum:"0,1,24,168" doc:"How long the former one goes on to work; absent or 0 when it stops at once."`
}

func (r overlapRequest) overlap() time.Duration { return time.Duration(r.OverlapHours) * time.Hour }

type rotateKeyInput struct {
	ID   string `path:"id"`
	Body overlapRequest
}

func (e *edge) rotateMyAPIKey(ctx context.Context, in *rotateKeyInput) (*newKeyOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	m, err := e.APIKeys.Rotate(ctx, e.actor(ctx), id, in.Body.overlap())
	return &newKeyOutput{e.showMade(m)}, err
}

func (e *edge) listAPIKeys(ctx context.Context, q list.Query) (*pageOutput[heldKeyRecord], error) {
	found, err := e.APIKeys.List(ctx, e.actor(ctx), q)
	return newPage(found, e.showHeldKey), err
}

func (e *edge) getAPIKey(ctx context.Context, in *idInput) (*struct{ Body heldKeyRecord }, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	h, err := e.APIKeys.Get(ctx, e.actor(ctx), id)
	return &struct{ Body heldKeyRecord }{e.showHeldKey(h)}, err
}

// serviceRecord is one service account.
type serviceRecord struct {
	ID        string               `json:"id"`
	Name      string               `json:"name"`
	Role      sallyport.Role       `json:"role" doc:"What its keys can allow at most."`
	OwnedBy   sallyport.Role       `json:"ownedBy" doc:"The role whose holders look after it."`
	Status    sallyport.UserStatus `json:"status" enum:"service,disabled"`
	CreatedAt time.Time            `json:"createdAt"`
}

func showService(u sallyport.User) serviceRecord {
	return serviceRecord{u.ID, u.FirstName, u.Role, u.OwnedBy, u.Status, u.CreatedAt.UTC()}
}

type serviceListOutput struct {
	Body struct {
		Items []serviceRecord `json:"items" nullable:"false"`
	} `nameHint:"ServiceAccountList"`
}

type serviceOutput struct{ Body serviceRecord }

func (e *edge) listServiceAccounts(ctx context.Context, _ *struct{}) (*serviceListOutput, error) {
	found, err := e.APIKeys.Services(ctx, e.actor(ctx))
	var out serviceListOutput
	out.Body.Items = each(found, showService)
	return &out, err
}

func (e *edge) getServiceAccount(ctx context.Context, in *idInput) (*serviceOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	u, err := e.APIKeys.ServiceOf(ctx, e.actor(ctx), id)
	return &serviceOutput{showService(u)}, err
}

type addServiceInput struct {
	Body struct {
		Name    string         `json:"name" minLength:"1" maxLength:"100"`
		Role    sallyport.Role `json:"role" maxLength:"64" doc:"admin, member, or the id of a role that the organisation made."`
		OwnedBy sallyport.Role `json:"ownedBy" maxLength:"64" doc:"owner, admin, member, or the id of a role that the organisation made."`
	} `nameHint:"ServiceAccountRequest"`
}

func (e *edge) addServiceAccount(ctx context.Context, in *addServiceInput) (*serviceOutput, error) {
	u, err := e.APIKeys.AddService(ctx, e.actor(ctx), apikey.NewService{Name: in.Body.Name, Role: in.Body.Role, OwnedBy: in.Body.OwnedBy})
	return &serviceOutput{showService(u)}, err
}

func (e *edge) listServiceAccountKeys(ctx context.Context, in *idInput) (*keyListOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return e.showKeys(e.APIKeys.KeysOf(ctx, e.actor(ctx), id))
}

type serviceKeyInput struct {
	ID   string `path:"id"`
	Body apiKeyRequest
}

func (e *edge) addServiceAccountKey(ctx context.Context, in *serviceKeyInput) (*newKeyOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	m, err := e.APIKeys.MakeFor(ctx, e.actor(ctx), id, in.Body.input())
	return &newKeyOutput{e.showMade(m)}, err
}

type rotateServiceKeyInput struct {
	ID    string `path:"id"`
	KeyID string `path:"keyId"`
	Body  overlapRequest
}

func (e *edge) rotateServiceAccountKey(ctx context.Context, in *rotateServiceKeyInput) (*newKeyOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	key, err := idInput{in.KeyID}.id()
	if err != nil {
		return nil, err
	}
	m, err := e.APIKeys.RotateFor(ctx, e.actor(ctx), id, key, in.Body.overlap())
	return &newKeyOutput{e.showMade(m)}, err
}
