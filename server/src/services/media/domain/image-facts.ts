/** What a picture (or a document) says of itself, from EXIF, IPTC, XMP and their kin. Only what is there has a key. */
export type EmbeddedFacts = {
  camera?: string
  lens?: string
  software?: string
  exposureTimeS?: number
  fNumber?: number
  iso?: number
  focalLengthMm?: number
  /** ISO 8601; without an offset where the camera did not know its zone. */
  takenAt?: string
  gps?: { latitude: number; longitude: number; altitudeM?: number }
  /** EXIF orientation, 1 to 8. */
  orientation?: number
  title?: string
  caption?: string
  keywords?: string[]
  creator?: string
  credit?: string
  copyright?: string
  city?: string
  country?: string
  rating?: number
  colourProfile?: string
}

/** Tags by the names of exiftool; dates already as ISO 8601 text. */
export type EmbeddedTags = Readonly<Record<string, unknown>>

const TEXT_MAX = 8192
const KEYWORDS_MAX = 200

export function embeddedFacts(tags: EmbeddedTags): EmbeddedFacts {
  const facts = {
    camera: cameraOf(tags),
    lens: text(tags, 'LensModel', 'LensID', 'Lens'),
    software: text(tags, 'Software', 'CreatorTool'),
    exposureTimeS: seconds(tags['ExposureTime']),
    fNumber: number(tags['FNumber']),
    iso: number(tags['ISO']),
    focalLengthMm: number(tags['FocalLength']),
    takenAt: text(tags, 'SubSecDateTimeOriginal', 'DateTimeOriginal', 'DateCreated', 'CreateDate'),
    gps: gpsOf(tags),
    orientation: orientationOf(tags['Orientation']),
    title: text(tags, 'Title', 'ObjectName', 'Headline'),
    caption: text(tags, 'Description', 'Caption-Abstract', 'ImageDescription', 'UserComment'),
    keywords: keywordsOf(tags),
    creator: text(tags, 'Creator', 'By-line', 'Artist', 'Author'),
    credit: text(tags, 'Credit', 'Source'),
    copyright: text(tags, 'Rights', 'CopyrightNotice', 'Copyright'),
    city: text(tags, 'City', 'Location'),
    country: text(tags, 'Country', 'Country-PrimaryLocationName'),
    rating: number(tags['Rating']),
    colourProfile: text(tags, 'ProfileDescription'),
  }
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
}

function text(tags: EmbeddedTags, ...names: string[]): string | undefined {
  for (const name of names) {
    const value = tags[name]
    const said = Array.isArray(value) ? value.filter((item) => typeof item === 'string').join(', ') : value
    if (typeof said !== 'string' && typeof said !== 'number') continue
    const trimmed = String(said).replaceAll('\0', '').trim().slice(0, TEXT_MAX)
    if (trimmed !== '') return trimmed
  }
  return undefined
}

function number(value: unknown): number | undefined {
  const parsed = typeof value === 'string' ? Number.parseFloat(value) : value
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : undefined
}

/** "1/250" or "0.5" or a number. */
function seconds(value: unknown): number | undefined {
  const fraction = typeof value === 'string' ? /^(\d+)\/(\d+)$/.exec(value.trim()) : null
  return fraction === null ? number(value) : Number(fraction[1]) / Number(fraction[2])
}

/** Many makers repeat their name in the model's. */
function cameraOf(tags: EmbeddedTags): string | undefined {
  const make = text(tags, 'Make')
  const model = text(tags, 'Model')
  if (make === undefined || model === undefined) return model ?? make
  const firstWord = make.split(/\s+/)[0]!.toLowerCase()
  return model.toLowerCase().startsWith(firstWord) ? model : `${make} ${model}`
}

function orientationOf(value: unknown): number | undefined {
  const orientation = number(value)
  return orientation !== undefined && Number.isInteger(orientation) && orientation >= 1 && orientation <= 8 ? orientation : undefined
}

function gpsOf(tags: EmbeddedTags): EmbeddedFacts['gps'] {
  const latitude = number(tags['GPSLatitude'])
  const longitude = number(tags['GPSLongitude'])
  if (latitude === undefined || longitude === undefined || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined
  // Cameras without a fix write zeros.
  if (latitude === 0 && longitude === 0) return undefined
  const altitudeM = number(tags['GPSAltitude'])
  return { latitude, longitude, ...(altitudeM === undefined ? {} : { altitudeM }) }
}

function keywordsOf(tags: EmbeddedTags): string[] | undefined {
  const all = ['Keywords', 'Subject']
    .flatMap((name) => tags[name] ?? [])
    .flatMap((value) => (typeof value === 'string' || typeof value === 'number' ? [String(value).trim()] : []))
  const distinct = [...new Set(all.filter((word) => word !== ''))]
  return distinct.length === 0 ? undefined : distinct.slice(0, KEYWORDS_MAX)
}
