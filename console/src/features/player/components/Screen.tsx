import { useEffect, useRef, type ReactNode } from 'react'
import type { RenditionView } from '@capstan/contract/assets'
import { useTranslation } from 'react-i18next'
import { KindIcon } from '../../../components/KindIcon.tsx'
import { useStore } from '../../../lib/store.ts'
import { renditionFileUrl, renditionUrl } from '../../../lib/urls.ts'
import { useSize } from '../../../lib/use-size.ts'
import { Backwards, type Film } from '../api/backwards.ts'
import type { Transport } from '../api/transport.ts'

type Props = {
  transport: Transport
  rendition: RenditionView
  source: 'proxy' | 'hls'
  /** What backwards is decoded from. */
  film: Film | null
  posterId: string | null
  aspect: number | null
  safe: boolean
  captions: readonly { url: string; label: string; language: string }[]
  caption: number
  children: ReactNode
}

/** The picture, whole, on black. HLS comes through hls.js, which is loaded only then. */
export function Screen({ transport, rendition, source, film, posterId, aspect, safe, captions, caption, children }: Props) {
  const { t } = useTranslation()
  const video = useRef<HTMLVideoElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const { ref, width, height } = useSize()
  const ready = useStore(transport.state, (state) => state.ready)
  const error = useStore(transport.state, (state) => state.error)
  useEffect(() => (video.current ? transport.attach(video.current) : undefined), [transport])
  const filmUrl = aspect === null || !film ? null : film.url
  const filmBytes = film?.sizeBytes ?? 0
  useEffect(() => {
    if (!canvas.current || filmUrl === null) return
    transport.setBackwards(new Backwards(canvas.current, { url: filmUrl, sizeBytes: filmBytes }, () => transport.clock))
    return () => transport.setBackwards(null)
  }, [transport, filmUrl, filmBytes])
  useEffect(() => {
    const element = video.current
    if (!element) return
    const { frame } = transport.state.get()
    const undo =
      source === 'hls'
        ? loadHls(element, renditionFileUrl(rendition.id, rendition.mainFile))
        : loadFile(element, renditionUrl(rendition.id))
    if (frame > 0) transport.seek(frame)
    return undo
  }, [transport, rendition.id, rendition.mainFile, source])
  useEffect(() => {
    Array.from(video.current?.textTracks ?? []).forEach((track, i) => (track.mode = i === caption ? 'showing' : 'hidden'))
  }, [caption, captions])
  return (
    <div
      className="screen"
      ref={ref}
      onClick={(event) => (event.target instanceof Element && event.target.closest('form') ? null : transport.toggle())}
    >
      {!ready && posterId && <img className="poster" src={renditionUrl(posterId)} alt="" />}
      <video ref={video} playsInline preload="auto" disablePictureInPicture tabIndex={-1} aria-hidden={aspect === null}>
        {captions.map(({ url, label, language }) => (
          <track key={url} kind="captions" src={url} label={label} srcLang={language} />
        ))}
      </video>
      <canvas ref={canvas} hidden aria-hidden />
      {aspect === null && (posterId ? <img className="poster" src={renditionUrl(posterId)} alt="" /> : <KindIcon kind="audio" size={72} />)}
      {safe && aspect !== null && <SafeAreas aspect={aspect} width={width} height={height} />}
      {error && (
        <div className="screen-note" role="alert">
          <b>{t('player.error')}</b>
          <p className="small">{t('player.errorHint', { detail: error })}</p>
        </div>
      )}
      {children}
    </div>
  )
}

function loadFile(element: HTMLVideoElement, url: string): () => void {
  element.src = url
  return () => {
    element.removeAttribute('src')
    element.load()
  }
}

function loadHls(element: HTMLVideoElement, url: string): () => void {
  let undo = () => {}
  let gone = false
  void import('hls.js').then(({ default: Hls }) => {
    if (gone) return
    if (!Hls.isSupported()) {
      element.src = url
      return
    }
    const hls = new Hls({ enableWorker: true })
    hls.loadSource(url)
    hls.attachMedia(element)
    undo = () => hls.destroy()
  })
  return () => {
    gone = true
    undo()
  }
}

/** Action and graphics safe areas of EBU R 95: 93 % and 90 % of the picture. */
function SafeAreas({ aspect, width, height }: { aspect: number; width: number; height: number }) {
  const w = Math.min(width, height * aspect)
  const h = w / aspect
  return (
    <div className="safe" style={{ width: w, height: h, left: (width - w) / 2, top: (height - h) / 2 }} aria-hidden>
      <i style={{ inset: '3.5%' }} />
      <i style={{ inset: '5%', borderStyle: 'dashed' }} />
    </div>
  )
}
