package providers

import "github.com/gatepost/gatepost/verifier"

const hubspotFields = "developers.hubspot.com/docs, create generic webhook subscriptions"

// hubspotBatch is the list that the requests of all versions are. An eventId can come twice, and a
// repetition differs from the first in attemptNumber, so all that tells one change from another goes
// together. An association has no objectId, but the two objects that it is between.
var hubspotBatch = &verifier.Batch{
	Split: "body",
	Identity: verifier.Identity{
		EventID:   "body.eventId",
		EventType: "body.subscriptionType",
		Dedupe: `[body.portalId, body.subscriptionId, body.eventId, body.occurredAt, ` +
			`body.objectId ?? [body.fromObjectId, body.toObjectId, body.associationType], ` +
			`body.propertyName ?? "-", body.changeSource ?? "-", body.sourceId ?? "-"]`,
	},
}
