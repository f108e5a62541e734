import { wordForms } from './word-forms.ts';

/**
 * What people and tools talk about, one subject a line: general words of everyday fields, so that
 * "a place to stay" finds hotels. A word may belong to several.
 */
const TOPICS = `
  travel trip journey vacation holiday tour tourism tourist itinerary destination visit
    sightseeing attraction traveler abroad
  lodging hotel hostel accommodation motel resort airbnb room stay suite guesthouse
  flight airline airport plane fly aircraft layover departure
  transit train bus subway metro railway taxi cab ride transport transportation commute station
    ferry
  car vehicle automobile auto truck motorcycle drive driving dealer garage fuel petrol gasoline
  map location place address route direction navigate navigation distance geocode latitude
    longitude coordinate geography nearby
  weather forecast temperature climate rain snow wind humidity storm
  restaurant dining food meal eat cuisine menu dish dinner lunch breakfast cafe
  recipe cook cooking ingredient bake kitchen
  drink beverage wine beer cocktail sake coffee tea
  house housing home apartment flat property realtor estate rent rental tenant mortgage condo
    landlord
  shop shopping store product merchandise purchase buy retail ecommerce marketplace seller item
    cart
  discount coupon deal promo promotion voucher bargain cashback
  price cost fee charge pricing rate
  finance financial money investment invest investor portfolio asset fund wealth
  stock share equity ticker securities dividend market exchange nasdaq
  crypto cryptocurrency bitcoin ethereum blockchain token nft coin wallet
  bank banking account loan credit debit deposit balance
  tax taxes income salary wage payroll payslip
  currency dollar euro yen pound exchange forex
  law legal lawyer attorney court lawsuit litigation judge statute regulation legislation
  politics political government election congress parliament senator policy lawmaker
  health medical medicine doctor hospital disease symptom patient clinic clinical diagnosis
    treatment physician
  mental therapy therapist psychology psychologist psychiatrist counselor counseling
  fitness exercise workout gym training yoga muscle weight
  nutrition diet calorie vitamin protein nutrient
  fashion clothing clothes outfit wear dress style apparel shoe wardrobe
  beauty cosmetic makeup skincare hair
  gift present birthday anniversary
  love romance dating relationship marriage wedding
  astrology horoscope zodiac tarot fortune
  job career employment hire hiring recruit recruitment resume vacancy interview occupation
  school education course class student teacher learn learning lesson study tutor curriculum
    university college lecture
  language translate translation translator grammar vocabulary pronunciation interpreter
    linguistic bilingual
  science scientific physics chemistry biology experiment
  research paper academic scholar scholarly journal publication literature article citation arxiv
  math mathematics calculate calculation calculator compute computation arithmetic equation
    formula algebra
  geometry triangle circle rectangle area perimeter volume radius angle
  statistic statistics average mean median variance deviation regression probability
  data dataset database table record query sql
  chart graph plot diagram visualization visualize mindmap flowchart dashboard
  code coding program programming programmer developer software debug source script
  repository git github commit branch
  website web site webpage page url link domain browser internet online
  search engine google bing lookup find query
  marketing advertising advertisement ad campaign seo brand keyword audience
  social media twitter tweet facebook instagram tiktok linkedin post hashtag influencer
  news headline story journalism press current event
  video clip youtube film movie cinema footage
  movie film cinema actor actress director theater theatre
  television tv show series episode streaming
  music song track album artist band playlist melody lyrics concert
  audio sound voice speech podcast recording
  book novel author reading library publisher chapter
  writing write writer essay copywriting blog text content draft
  poem poetry story storytelling fiction tale
  image picture photo photograph illustration art drawing artwork painting
  design designer layout logo graphic
  museum gallery exhibit exhibition artwork sculpture
  game gaming play player puzzle chess quest
  sport football soccer basketball baseball tennis team league match athlete tournament
  event concert festival ticket show theater meetup
  calendar schedule appointment meeting reminder event agenda booking
  time date clock timezone hour minute
  task todo project plan checklist milestone
  email mail inbox message letter
  chat message conversation messaging sms text
  phone telephone call mobile contact
  document file pdf word spreadsheet excel slide presentation
  form survey quiz questionnaire poll
  summary summarize summarise abstract digest overview condense
  review rating feedback opinion testimonial
  compare comparison versus difference
  history historical war ancient king queen monarch century era
  religion bible church quran god prayer spiritual
  animal pet dog cat bird wildlife species
  plant garden gardening tree flower forest agriculture farm crop
  environment pollution emission carbon energy sustainability ecology
  company business corporation enterprise firm startup organization
  sales customer lead crm client
  security password encryption authentication vulnerability
  cloud server kubernetes container deployment infrastructure
  device smart light thermostat sensor appliance
  delivery shipping parcel package courier order
  insurance policy claim premium coverage
  charity donation nonprofit volunteer
  kid child children baby parent family
  person people biography celebrity
  human agent support helpdesk ticket assistance
`;

/** The subjects that a word belongs to, by their numbers. */
export const topicsOf: ReadonlyMap<string, readonly number[]> = readTopics();

/** How many subjects there are. */
export const topicCount = topicLines().length;

function topicLines(): readonly string[] {
  return TOPICS.trim().split(/\n(?! {4})/);
}

function readTopics(): ReadonlyMap<string, readonly number[]> {
  const topics = new Map<string, number[]>();
  for (const [topic, line] of topicLines().entries()) {
    for (const word of new Set(wordForms(line))) {
      const own = topics.get(word);
      if (own === undefined) topics.set(word, [topic]);
      else own.push(topic);
    }
  }
  return topics;
}
