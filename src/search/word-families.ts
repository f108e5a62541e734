import { wordForms } from './word-forms.ts';

const stems = (words: string): ReadonlySet<string> => new Set(wordForms(words));

/** Words of a question that say nothing about what is wanted, in a few languages. */
export const fillers = stems(`
  a about all also am an and any are as at be been but by can could did do does each every for from
  give given had has have he help her here hers hey him his how i if in into is it its just let like
  me my need no not of on or our out please she should so some somebody someone something tell than
  that the their them then there these they this those to too up us using want was we were what when
  where whether which while who whom whose why will with would you your id ids
  know wonder interested imagine couple few lastly another thing things trying really maybe
  der die das den dem des ein eine einen einem einer und oder von zu zum zur mit im ist mein meine
  alle le la les un une du de et ou aux dans pour avec mon ma mes el los las uno una y o del al en
  con para por mi mis su sus todos todas`);

/** Verbs that APIs use for one another, and how a few languages say them. */
const verbs: readonly ReadonlySet<string>[] = [
  `list get fetch retrieve show read find search lookup look query view display browse check
    listar obtener buscar mostrar ver lister obtenir afficher chercher
    auflisten anzeigen zeigen suchen finden abrufen`,
  `create add new make post insert register open generate
    crear nuevo agregar añadir créer ajouter nouveau erstellen anlegen hinzufügen neu`,
  `update edit change modify patch set rename put replace mark adjust
    actualizar cambiar modificar modifier changer ändern bearbeiten aktualisieren`,
  `delete remove destroy drop erase clear kick unset
    eliminar borrar quitar supprimer effacer löschen entfernen`,
  'add attach append assign put insert invite include',
  `cancel stop abort end terminate close halt shut
    cancelar cerrar detener annuler fermer arrêter abbrechen schließen stoppen beenden`,
  'send deliver submit enviar envoyer senden abschicken',
  `start run launch trigger begin execute dispatch resume
    iniciar ejecutar démarrer lancer exécuter starten ausführen`,
  'copy duplicate clone copiar copier kopieren',
  'reply respond answer comment responder répondre antworten',
  'publish release publicar publier veröffentlichen',
  'download export descargar télécharger herunterladen',
  'upload import subir importieren hochladen',
  'approve accept confirm aprobar approuver genehmigen',
  'reject deny decline refuse rechazar refuser ablehnen',
  'enable activate activar activer aktivieren',
  'disable deactivate desactivar désactiver deaktivieren',
].map(stems);

const removing: ReadonlySet<string> = stems(
  `delete remove destroy drop erase clear kick unset cancel revoke reset leave dismiss clean purge
    un unlink detach disconnect uninstall unassign unsubscribe unfollow take off out less
    eliminar borrar quitar supprimer effacer löschen entfernen`,
);

/** Nouns that APIs use for one another. */
const nouns: readonly ReadonlySet<string>[] = [
  'user person member people account profile usuario miembro utilisateur membre benutzer mitglied',
  'customer client cliente kunde',
  'picture image photo poster',
  'movie film',
  'song track music',
  'repository repo repositorio dépôt',
  'organization org organisation',
  'message sms text',
  'file document archivo fichier datei',
  'folder directory',
  'task todo tarea tâche aufgabe',
  'team equipo équipe',
  'payment pay pago paiement zahlung',
  'email mail',
  'refund reimburse repay',
  'discount coupon voucher promotion',
  'permission access right',
  'version release versión',
  'latest last newest recent último reciente dernier récent letzte neueste',
  'order purchase buy',
].map(stems);

/** Words that stand for one another. */
export const families: readonly ReadonlySet<string>[] = [...verbs, ...nouns];

/** True for a verb that only reads. */
export const isReading = (word: string): boolean => verbs[0]?.has(word) === true;

/** True for a verb that takes something away. */
export const isRemoving = (word: string): boolean => removing.has(word);

/** True for a verb that most APIs have. */
export const isUsualVerb = (word: string): boolean => verbs.some((family) => family.has(word));
