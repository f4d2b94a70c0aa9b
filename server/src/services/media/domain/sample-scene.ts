/** What the sample shows and sounds like; its burnt-in numbers are those of its file. */
export const SAMPLE = {
  name: 'Capstan sample.mp4',
  durationS: 20,
  rate: 25,
  width: 1280,
  height: 720,
  startTimecode: '10:00:00:00',
  barsS: 4,
  /** The scene changes its colours here: a cut to find. */
  cutS: 12,
} as const

/** How long the flash and the beep at the beginning of each second last. */
const BEEP_S = 0.08
const BALL = 110

/**
 * Bars, then a ball that bounces once a second over slow colours: it touches the ground when the beep sounds and the corner flashes, so
 * that sound and picture can be seen to agree. `font` is a file as ffmpeg is to name it. Labels: [video] and [audio].
 */
export function sampleGraph(font: string): string {
  const { durationS, rate, width, height, barsS, cutS } = SAMPLE
  const wave = (phase: string, period: string) => `128+44*sin(X/28+${phase})*cos(Y/17-${period})`
  const sceneS = durationS - barsS
  return [
    `smptehdbars=s=${width}x${height}:r=${rate}:d=${barsS},format=yuv420p,setsar=1[bars]`,
    // The colours are made in a sixteenth of the picture and enlarged: soft, and quick to make.
    `nullsrc=s=80x45:r=${rate}:d=${sceneS},format=yuv420p,geq=lum='70+50*sin(X/23+T*0.7)*sin(Y/11+T*0.4)':cb='${wave('T*0.5', 'T*0.3')}':cr='${wave('2-T*0.4', '1+T*0.2')}',hue=h=140:enable='gte(t,${cutS - barsS})',scale=${width}:${height}:flags=bicubic,setsar=1[ground]`,
    `color=c=white:s=${BALL}x${BALL}:r=${rate}:d=0.04,format=yuva420p,geq=lum='245-2.1*hypot(X-40,Y-34)':cb=110:cr=150:a='255*clip(${BALL / 2}-hypot(X-${BALL / 2},Y-${BALL / 2}),0,1)',loop=loop=-1:size=1:start=0,setpts=N/${rate}/TB[ball]`,
    `[ground][ball]overlay=x='(W-w)*(0.5+0.44*sin(2*PI*t/9))':y='H*0.80-h-abs(sin(PI*t))*H*0.55':shortest=1:format=yuv420,drawbox=x=0:y=ih*0.8:w=iw:h=4:color=white@0.5:t=fill[scene]`,
    `[bars][scene]concat=n=2:v=1:a=0,${burnIn(font)}[video]`,
    `aevalsrc=exprs='${beep(1000)}|${beep(1500)}':s=48000:d=${durationS}[audio]`,
  ].join(';')
}

const beep = (hertz: number): string => `0.35*sin(2*PI*${hertz}*t)*lt(mod(t\\,1)\\,${BEEP_S})`

function burnIn(font: string): string {
  const { rate, startTimecode } = SAMPLE
  const style = `fontfile=${font}:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=10`
  return [
    `drawbox=x=iw-120:y=40:w=80:h=80:color=white:t=fill:enable='lt(mod(t,1),${BEEP_S})'`,
    `drawtext=${style}:fontsize=64:x=(w-tw)/2:y=h-112:timecode='${startTimecode.replaceAll(':', '\\:')}':rate=${rate}`,
    `drawtext=${style}:fontsize=32:x=40:y=40:text='frame %{frame_num}'`,
    `drawtext=${style}:fontsize=24:x=40:y=104:text='Capstan sample'`,
    'format=yuv420p',
  ].join(',')
}
