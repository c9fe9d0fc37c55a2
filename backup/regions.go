package backup

// Region is a place where a provider says it keeps a bucket: near the city that
// the provider names, in the jurisdiction given.
type Region struct {
	Location     Location
	Jurisdiction string
}

// anyRegion is what most servers that speak S3 answer, wherever they are.
const anyRegion = "us-east-1"

// providerAWS is the provider for whom anyRegion means a place.
const providerAWS = "aws"

// KnownRegion returns where a region of Amazon's is; ok is false for one that is
// not known here.
func KnownRegion(name string) (r Region, ok bool) {
	r, ok = regions()[name]
	return r, ok
}

// CheckRegion tells, by ok false, that a bucket's region lies elsewhere than
// its store was said to be: farther than 300 km, or under another jurisdiction.
// Of a region that is not known it says nothing, nor of us-east-1 with a
// provider other than aws.
func CheckRegion(place StorePlace, region string) (f Finding, ok bool) {
	r, known := KnownRegion(region)
	if !known || region == anyRegion && place.Provider != providerAWS {
		return Finding{}, true
	}
	var out findings
	if km := place.Location.Kilometres(r.Location); km > maxRegionDistance {
		out.add("region", "store %s: want a place within %d km of %s, where %s is, found %s, %d km away", place.ID, maxRegionDistance, r.Location, region, place.Location, km)
		return out[0], false
	}
	if place.Jurisdiction != r.Jurisdiction {
		out.add("region", "store %s: want jurisdiction %s, where %s is, found %s", place.ID, r.Jurisdiction, region, place.Jurisdiction)
		return out[0], false
	}
	return Finding{}, true
}

// regions are those of Amazon's S3 whose city is public.
func regions() map[string]Region {
	return map[string]Region{
		"af-south-1":     {Location{-339249, 184241}, "ZA"},  // Cape Town
		"ap-east-1":      {Location{223193, 1141694}, "HK"},  // Hong Kong
		"ap-east-2":      {Location{250330, 1215654}, "TW"},  // Taipei
		"ap-northeast-1": {Location{356762, 1396503}, "JP"},  // Tokyo
		"ap-northeast-2": {Location{375665, 1269780}, "KR"},  // Seoul
		"ap-northeast-3": {Location{346937, 1355023}, "JP"},  // Osaka
		"ap-south-1":     {Location{190760, 728777}, "IN"},   // Mumbai
		"ap-south-2":     {Location{173850, 784867}, "IN"},   // Hyderabad
		"ap-southeast-1": {Location{13521, 1038198}, "SG"},   // Singapore
		"ap-southeast-2": {Location{-338688, 1512093}, "AU"}, // Sydney
		"ap-southeast-3": {Location{-62088, 1068456}, "ID"},  // Jakarta
		"ap-southeast-4": {Location{-378136, 1449631}, "AU"}, // Melbourne
		"ap-southeast-5": {Location{31390, 1016869}, "MY"},   // Kuala Lumpur
		"ap-southeast-7": {Location{137563, 1005018}, "TH"},  // Bangkok
		"ca-central-1":   {Location{455017, -735673}, "CA"},  // Montreal
		"ca-west-1":      {Location{510447, -1140719}, "CA"}, // Calgary
		"cn-north-1":     {Location{399042, 1164074}, "CN"},  // Beijing
		"cn-northwest-1": {Location{375149, 1051967}, "CN"},  // Zhongwei
		"eu-central-1":   {Location{501109, 86821}, "DE"},    // Frankfurt
		"eu-central-2":   {Location{473769, 85417}, "CH"},    // Zurich
		"eu-north-1":     {Location{593293, 180686}, "SE"},   // Stockholm
		"eu-south-1":     {Location{454642, 91900}, "IT"},    // Milan
		"eu-south-2":     {Location{416488, -8891}, "ES"},    // Zaragoza
		"eu-west-1":      {Location{533498, -62603}, "IE"},   // Dublin
		"eu-west-2":      {Location{515072, -1276}, "GB"},    // London
		"eu-west-3":      {Location{488566, 23522}, "FR"},    // Paris
		"il-central-1":   {Location{320853, 347818}, "IL"},   // Tel Aviv
		"me-central-1":   {Location{252048, 552708}, "AE"},   // Dubai
		"me-south-1":     {Location{260667, 505577}, "BH"},   // Manama
		"mx-central-1":   {Location{205888, -1003899}, "MX"}, // Queretaro
		"sa-east-1":      {Location{-235505, -466333}, "BR"}, // Sao Paulo
		"us-east-1":      {Location{390438, -774874}, "US"},  // Northern Virginia
		"us-east-2":      {Location{399612, -829988}, "US"},  // Ohio
		"us-gov-east-1":  {Location{399612, -829988}, "US"},  // Ohio
		"us-gov-west-1":  {Location{458399, -1197006}, "US"}, // Oregon
		"us-west-1":      {Location{373382, -1218863}, "US"}, // Northern California
		"us-west-2":      {Location{458399, -1197006}, "US"}, // Oregon
	}
}
